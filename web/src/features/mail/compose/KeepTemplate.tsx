import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import type { FormEvent } from "react";
import { useId, useState } from "react";
import type { BoilerplateId } from "@/api";
import { ApiError, api } from "@/api";
import { downloadUrl } from "@/jmap";
import { ErrorNote, explain, offerWayBack, useDeed } from "@/session";
import { Button, Checkbox, Dialog, Select, TextField } from "@/ui";
import { forgetNeeds } from "../boilerplate/needs";
import { putIn } from "../boilerplate/pictures";
import { fetchBlob } from "../preview/files";
import { isProper } from "./addresses";
import { plainOf } from "./editor/mailHtml";
import type { Composer } from "./composer";
import { personOf } from "./groups";
import type { Letter } from "./letter";
import { shownPictures, textAsHtml } from "./quote";
import type { StockProps } from "./SignatureMenu";
import { signedText, withoutSignature } from "./signature";

/** Keep what is written, without signature and quote, as a template; if one likes with whom it goes to and its files. */
export function KeepTemplate({ composer, stock, onClose }: StockProps & { readonly onClose: () => void }) {
  const { t } = useLingui();
  const formId = useId();
  const deed = useDeed();
  const [letter] = useState(() => composer.now());
  const [name, setName] = useState(() => letter.subject.trim().slice(0, 100));
  const [owner, setOwner] = useState<"me" | "mailbox">("me");
  const files = letter.files.filter(({ cid, blobId }) => cid === null && blobId !== null);
  const people = [...letter.to, ...letter.cc, ...letter.bcc].filter(isProper).length;
  const [withPeople, setWithPeople] = useState(false);
  const [withFiles, setWithFiles] = useState(files.length > 0);
  const keep = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const isDone = await deed.run(async () => {
      const html = await ownHtml(composer);
      const fields = {
        kind: "template" as const, name: name.trim(), html, plain: plainOf(html), subject: letter.subject.trim(), is_default: false, is_answer_default: false,
        ...(withPeople ? peopleOf(letter) : {}),
      };
      const made = await api.addBoilerplate(owner === "me" ? null : composer.accountId, fields);
      if (withFiles) await keepFiles(composer, made.id, files);
      offerWayBack(t`Kept as the template “${made.name}”`, () => api.removeBoilerplate(made.id).then(forgetNeeds));
    });
    if (!isDone) return;
    forgetNeeds();
    stock.reload();
    onClose();
  };
  const error = deed.error instanceof ApiError && deed.error.field === "name" ? explain(deed.error) : null;
  return (
    <Dialog
      isOpen onClose={onClose} title={t`Keep as a template`}
      actions={<><Button onClick={onClose}>{t`Cancel`}</Button><Button variant="primary" type="submit" form={formId} isBusy={deed.isBusy}>{t`Keep template`}</Button></>}
    >
      <form id={formId} onSubmit={(event) => void keep(event)} className="flex flex-col gap-4">
        {deed.error !== null && !error && <ErrorNote error={deed.error} />}
        <p className="text-muted">{t`The subject and your text are kept, without signature and quote.`}</p>
        <TextField label={t`Name`} required maxLength={100} value={name} error={error && error.title} onChange={({ target }) => { setName(target.value); deed.clear(); }} />
        {(people > 0 || files.length > 0) && (
          <div className="flex flex-col gap-1">
            {people > 0 && <Checkbox label={plural(people, { one: "Keep the recipient too", other: "Keep the # recipients too" })} checked={withPeople} onChange={({ target }) => { setWithPeople(target.checked); }} />}
            {files.length > 0 && <Checkbox label={plural(files.length, { one: "Keep the file too", other: "Keep the # files too" })} checked={withFiles} onChange={({ target }) => { setWithFiles(target.checked); }} />}
          </div>
        )}
        {stock.needs?.may_change && (
          <Select
            label={t`For whom`} isLabelShown value={owner} onChange={setOwner}
            choices={[{ value: "me", label: t`For me, in all my mailboxes` }, { value: "mailbox", label: t`For everybody who writes in ${composer.address}` }]}
          />
        )}
      </form>
    </Dialog>
  );
}

function peopleOf({ to, cc, bcc }: Letter) {
  return { to: to.filter(isProper).map(personOf), cc: cc.filter(isProper).map(personOf), bcc: bcc.filter(isProper).map(personOf) };
}

/** Copies of the letter's files. A template that can't have all of them is not kept. */
async function keepFiles({ session, accountId }: Composer, id: BoilerplateId, files: Letter["files"]): Promise<void> {
  try {
    for (const { blobId, name, type } of files) {
      if (!blobId) continue;
      const blob = await fetchBlob(downloadUrl(session, accountId, blobId, { name, type }), type);
      await api.addTemplateFile(id, new File([blob], name, { type }));
    }
  } catch (error) {
    await api.removeBoilerplate(id);
    throw error;
  }
}

async function ownHtml(composer: Composer): Promise<string> {
  const { isPlain, text, html, signature } = composer.now();
  if (isPlain) return textAsHtml(signedText(text, signature?.plain ?? null, null).split("\n").filter((line) => !line.startsWith(">")).join("\n").trim());
  const own = withoutSignature(html).replace(/<div class="poststelle-(?:quote|forward)">[\s\S]*$/u, "").replace(/(?:<p[^>]*><br><\/p>)+$/u, "");
  const pictures = new Map<string, Blob>();
  for (const cid of shownPictures(own)) {
    const url = await composer.picture(cid);
    if (url) pictures.set(cid, await (await fetch(url)).blob());
  }
  return putIn(own, pictures);
}
