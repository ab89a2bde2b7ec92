import { plural } from "@lingui/core/macro";
import { useMemo } from "react";
import type { EmailId, MailboxId } from "@/jmap";
import { Dialog } from "@/ui";
import { useMail } from "../state/mail";
import { takesMessages } from "../text/names";
import { FolderChooser } from "./FolderChooser";
import { useFolderChoices } from "./useFolderChoices";

/** Choose a folder for messages. */
export function MoveDialog({ ids }: { readonly ids: readonly EmailId[] }) {
  const { folder: shown, search, deeds, setDialog } = useMail();
  const folder = search && search.scope !== "here" ? null : shown;
  const all = useFolderChoices();
  const choices = useMemo(() => {
    const others = all.filter(({ value }) => value.id !== folder?.id);
    return [...others.filter(({ value }) => takesMessages(value)), ...others.filter(({ value }) => !takesMessages(value))]
      .map((choice) => ({ ...choice, value: choice.value.id }));
  }, [all, folder?.id]);
  const close = (): void => { setDialog(null); };
  const places = all.map(({ id, name, above }) => ({ value: id, label: [...above, name].join(" / ") }));
  const move = (to: MailboxId): void => {
    close();
    deeds.move(ids, to);
  };
  return (
    <Dialog isOpen onClose={close} title={plural(ids.length, { one: "Move message to", other: "Move # messages to" })}>
      <FolderChooser choices={choices} onChoose={move} onNew={(name) => { setDialog({ kind: "folder-name", parentId: null, folder: null, taking: { ids, name, places } }); }} />
    </Dialog>
  );
}
