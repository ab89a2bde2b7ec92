import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import type { Folder, MailboxId } from "@/jmap";
import { Dialog } from "@/ui";
import { useMail } from "../state/mail";
import { useFolderDeeds } from "../state/useFolderDeeds";
import type { Choice } from "./FolderChooser";
import { FolderChooser } from "./FolderChooser";
import { useFolderChoices } from "./useFolderChoices";

/** Choose a folder for a folder, or the top. */
export function FolderMoveDialog({ folder }: { readonly folder: Folder }) {
  const { t } = useLingui();
  const { setDialog } = useMail();
  const deeds = useFolderDeeds();
  const all = useFolderChoices();
  const choices = useMemo(() => {
    const top: Choice<MailboxId | null> = { id: "top", value: null, name: t`At the top`, above: [] };
    return [top, ...all.map((choice): Choice<MailboxId | null> => ({ ...choice, value: choice.value.id }))].filter(({ value }) => deeds.mayLieIn(folder, value));
  }, [all, deeds, folder, t]);
  const close = (): void => { setDialog(null); };
  const { name } = folder;
  return (
    <Dialog isOpen onClose={close} title={t`Move “${name}” to`}>
      <FolderChooser choices={choices} onChoose={(to) => { close(); deeds.move(folder, to); }} />
    </Dialog>
  );
}
