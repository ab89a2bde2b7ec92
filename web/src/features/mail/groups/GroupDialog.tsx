import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ClipboardPaste } from "lucide-react";
import type { FormEvent } from "react";
import { useCallback, useId, useState } from "react";
import type { AccountId, RecipientGroup } from "@/api";
import { ApiError, api } from "@/api";
import type { AccountId as MailAccountId, EmailAddress } from "@/jmap";
import { ErrorNote, explain, useDeed } from "@/session";
import { Banner, Button, Dialog, TextArea, TextField } from "@/ui";
import { isProper } from "../compose/addresses";
import { addressOf, bare, personOf } from "../compose/groups";
import { PeopleField } from "../compose/PeopleField";
import { useCorrespondents } from "../compose/useCorrespondents";
import type { Imported } from "./importing";
import { imported } from "./importing";

const NO_GROUPS: readonly RecipientGroup[] = [];

export interface GroupDialogProps {
  /** Null: a new one. */
  readonly one: RecipientGroup | null;
  /** Whose a new one is; null: one's own. */
  readonly account: AccountId | null;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

/** A group's name and its people: typed one by one, or pasted. What was typed is not lost by a slip: leaving asks. */
export function GroupDialog({ one, account, onClose, onSaved }: GroupDialogProps) {
  const { t } = useLingui();
  const formId = useId();
  const deed = useDeed();
  const [name, setName] = useState(one?.name ?? "");
  const [members, setMembers] = useState<readonly EmailAddress[]>(() => (one?.members ?? []).map(addressOf));
  const [isChanged, setChanged] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const [isMissing, setMissing] = useState(false);
  const correspondents = useCorrespondents(account as MailAccountId | null);
  const known = useCallback(() => correspondents, [correspondents]);
  const put = (next: readonly EmailAddress[]): void => {
    setMembers(next);
    setChanged(true);
    setMissing(false);
    deed.clear();
  };
  const leave = (): void => { if (isChanged) setLeaving(true); else onClose(); };
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (members.length === 0 || !members.every(isProper)) { setMissing(true); return; }
    const fields = { name: name.trim(), members: members.map((each) => personOf(bare(each))) };
    if (await deed.run(() => (one ? api.changeGroup(one.id, fields) : api.addGroup(account, fields)))) onSaved();
  };
  const atName = deed.error instanceof ApiError && deed.error.field === "name" ? explain(deed.error) : null;
  return (
    <Dialog
      isOpen onClose={leave} title={one ? t`Change group` : t`New group`} width="wide"
      actions={<><Button onClick={leave}>{t`Cancel`}</Button><Button variant="primary" type="submit" form={formId} isBusy={deed.isBusy}>{t`Save group`}</Button></>}
    >
      <form id={formId} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        {deed.error !== null && !atName && <ErrorNote error={deed.error} />}
        <TextField
          label={t`Name`} required maxLength={100} value={name} error={atName && `${atName.title} ${atName.remedy}`}
          hint={t`Recipients don't see it: each letter names the people one by one.`} onChange={({ target }) => { setName(target.value); setChanged(true); deed.clear(); }}
        />
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-list font-medium">{t`People`} <span className="tabular font-normal text-muted">· {plural(members.length, { one: "# address", other: "# addresses" })}</span></legend>
          <div className="max-h-72 overflow-y-auto rounded-md border border-border-strong [&>div]:border-b-0">
            <PeopleField label={t`Add`} people={members} chosen={members} known={known} groups={NO_GROUPS} onChange={put} />
          </div>
          {isMissing && <p role="alert" className="text-list text-danger">{members.length === 0 ? t`Please add at least one address.` : t`An address is not complete. It is marked in red; press it to correct it.`}</p>}
        </fieldset>
        <Paste members={members} onImported={put} />
      </form>
      {isLeaving && (
        <Dialog
          isOpen onClose={() => { setLeaving(false); }} title={t`Discard your changes?`}
          actions={<><Button data-focus-first onClick={() => { setLeaving(false); }}>{t`Continue writing`}</Button><Button variant="danger" onClick={onClose}>{t`Discard changes`}</Button></>}
        >
          <p>{t`What you have written here is not saved yet.`}</p>
        </Dialog>
      )}
    </Dialog>
  );
}

interface PasteProps {
  readonly members: readonly EmailAddress[];
  readonly onImported: (members: readonly EmailAddress[]) => void;
}

/** Many at once. What could not be used is said, and stays to be mended. */
function Paste({ members, onImported }: PasteProps) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [told, setTold] = useState<Imported | null>(null);
  if (!isOpen) return <div><Button icon={<ClipboardPaste size={16} aria-hidden />} onClick={() => { setOpen(true); }}>{t`Paste addresses …`}</Button></div>;
  const take = (): void => {
    const found = imported(text, members);
    if (found.added > 0) onImported(found.members);
    setTold(found);
    if (found.wrong === 0) setText("");
  };
  return (
    <div className="flex flex-col items-start gap-2">
      <TextArea
        label={t`Addresses to add`} rows={5} value={text} autoFocus className="w-full" spellCheck={false}
        hint={t`From a mail, a list or a table: one to a line, or with commas between them. Names are taken along.`}
        onChange={({ target }) => { setText(target.value); setTold(null); }}
      />
      <Button disabled={text.trim() === ""} onClick={take}>{t`Add these addresses`}</Button>
      {told && <Outcome told={told} />}
    </div>
  );
}

function Outcome({ told: { added, double, wrong, wrongOnes, isCut } }: { readonly told: Imported }) {
  const { t } = useLingui();
  const counts = [
    plural(added, { one: "# address was added.", other: "# addresses were added." }),
    double > 0 ? plural(double, { one: "# was in the group already.", other: "# were in the group already." }) : "",
  ].filter((each) => each !== "").join(" ");
  if (wrong === 0 && !isCut) return <p role="status" className="text-list text-muted">{counts}</p>;
  return (
    <Banner tone="warning" title={counts} className="w-full">
      {wrong > 0 && <p className="wrap-anywhere">{plural(wrong, { one: "# is no complete address:", other: "# are no complete addresses:" })} <bdi>{wrongOnes.join(", ")}{wrong > wrongOnes.length && ", …"}</bdi></p>}
      {isCut && <p>{t`A group has 500 addresses at most; the others were left out.`}</p>}
    </Banner>
  );
}
