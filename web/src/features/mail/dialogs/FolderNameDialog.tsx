import { useLingui } from "@lingui/react/macro";
import type { FormEvent } from "react";
import { useId, useState } from "react";
import type { MailboxId } from "@/jmap";
import { createFolder, isNameTaken } from "@/store";
import { Button, Dialog, Select, TextField } from "@/ui";
import { MailError } from "../MailError";
import type { FolderNaming } from "../state/mail";
import { useMail } from "../state/mail";
import { useNameOf } from "../state/useNameOf";

const LONGEST = 255;
const NAME_TAKEN = "name taken";
const TOP = "top";

/** The name of a new folder, or another one for a folder. A new one may take messages as soon as it is there. */
export function FolderNameDialog({ parentId: given, folder, taking }: FolderNaming) {
  const { t } = useLingui();
  const { account, setDialog } = useMail();
  const form = useId();
  const [name, setName] = useState(folder?.name ?? taking?.name ?? "");
  const [parentId, setParent] = useState(given);
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error: unknown }>({ isBusy: false, error: null });
  const nameOf = useNameOf();
  const run = useNaming({ parentId, folder, taking });
  const above = nameOf(parentId === null ? undefined : account.mailboxes.get(parentId));
  /** At the mailbox's it may be called otherwise, but nobody could tell the two apart here. */
  const isShown = (wanted: string): boolean =>
    parentId === null && account.mailboxes.all().some((each) => each.role !== null && each.parentId === null && nameOf(each).toLowerCase() === wanted.toLowerCase());
  const close = (): void => { setDialog(null); };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === folder?.name) { close(); return; }
    if (isShown(wanted)) { setState({ isBusy: false, error: NAME_TAKEN }); return; }
    setState({ isBusy: true, error: null });
    run(wanted).then(close, (error: unknown) => { setState({ isBusy: false, error }); });
  };
  const isTaken = state.error === NAME_TAKEN || isNameTaken(state.error);
  const deed = taking ? t`Create and move` : folder ? t`Rename` : t`Create folder`;
  return (
    <Dialog
      isOpen onClose={close} title={taking ? t`Move to a new folder` : folder ? t`Rename folder` : t`New folder`}
      actions={(
        <>
          <Button onClick={close}>{t`Cancel`}</Button>
          <Button variant="primary" type="submit" form={form} isBusy={state.isBusy}>{deed}</Button>
        </>
      )}
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t`Name`} required maxLength={LONGEST} autoComplete="off" value={name} onChange={(event) => { setName(event.target.value); }}
          onFocus={(event) => { event.target.select(); }}
          hint={taking || above === "" ? undefined : t`It lies in “${above}”.`} error={isTaken ? t`There is a folder of this name already.` : undefined}
        />
        {taking && <Above places={taking.places} parentId={parentId} onChange={setParent} />}
        {state.error !== null && !isTaken && <MailError error={state.error} />}
      </form>
    </Dialog>
  );
}

/** What becomes of the name. Raises what the server says. */
function useNaming({ parentId, folder, taking }: FolderNaming): (name: string) => Promise<void> {
  const { account, deeds, folderDeeds } = useMail();
  return async (name) => {
    if (folder) await folderDeeds.rename(folder, name);
    else if (taking) deeds.move(taking.ids, await createFolder(account, name, parentId), true);
    else await folderDeeds.create(name, parentId);
  };
}

/** The folder a new one lies in. */
function Above({ places, parentId, onChange }: Pick<NonNullable<FolderNaming["taking"]>, "places"> & { readonly parentId: MailboxId | null; readonly onChange: (id: MailboxId | null) => void }) {
  const { t } = useLingui();
  return (
    <Select
      label={t`Lies in`} isLabelShown value={parentId ?? TOP} choices={[{ value: TOP, label: t`At the top` }, ...places]}
      onChange={(value) => { onChange(value === TOP ? null : (value as MailboxId)); }}
    />
  );
}
