import { useLingui } from "@lingui/react/macro";
import type { FormEvent } from "react";
import { useId, useState } from "react";
import type { Folder, MailboxId } from "@/jmap";
import { isNameTaken } from "@/store";
import { Button, Dialog, TextField } from "@/ui";
import { MailError } from "../MailError";
import { useMail } from "../state/mail";
import { useFolderDeeds } from "../state/useFolderDeeds";
import { useNameOf } from "../state/useNameOf";

const LONGEST = 255;
const NAME_TAKEN = "name taken";

export interface FolderNameDialogProps {
  /** The folder it lies in; null: at the top. */
  readonly parentId: MailboxId | null;
  /** The folder to be renamed; null: a new one. */
  readonly folder: Folder | null;
}

/** The name of a new folder, or another one for a folder. */
export function FolderNameDialog({ parentId, folder }: FolderNameDialogProps) {
  const { t } = useLingui();
  const { account, setDialog } = useMail();
  const deeds = useFolderDeeds();
  const form = useId();
  const [name, setName] = useState(folder?.name ?? "");
  const [state, setState] = useState<{ readonly isBusy: boolean; readonly error: unknown }>({ isBusy: false, error: null });
  const nameOf = useNameOf();
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
    (folder ? deeds.rename(folder, wanted) : deeds.create(wanted, parentId)).then(close, (error: unknown) => { setState({ isBusy: false, error }); });
  };
  const isTaken = state.error === NAME_TAKEN || isNameTaken(state.error);
  return (
    <Dialog
      isOpen onClose={close} title={folder ? t`Rename folder` : t`New folder`}
      actions={(
        <>
          <Button onClick={close}>{t`Cancel`}</Button>
          <Button variant="primary" type="submit" form={form} isBusy={state.isBusy}>{folder ? t`Rename` : t`Create folder`}</Button>
        </>
      )}
    >
      <form id={form} onSubmit={submit}>
        <TextField
          label={t`Name`} required maxLength={LONGEST} autoComplete="off" value={name} onChange={(event) => { setName(event.target.value); }}
          onFocus={(event) => { event.target.select(); }}
          hint={above === "" ? undefined : t`It lies in “${above}”.`} error={isTaken ? t`There is a folder of this name already.` : undefined}
        />
        {state.error !== null && !isTaken && <div className="mt-3"><MailError error={state.error} /></div>}
      </form>
    </Dialog>
  );
}
