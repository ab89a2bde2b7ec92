import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { useDates } from "@/i18n";
import type { Folder } from "@/jmap";
import { below } from "@/store";
import { Button, Dialog } from "@/ui";
import { useCounted } from "../state/hooks";
import { useMail } from "../state/mail";
import { useNameOf } from "../state/useNameOf";

/** The question before a folder goes for good. */
export function FolderDestroyDialog({ folder }: { readonly folder: Folder }) {
  const { t } = useLingui();
  const { account, folderDeeds: deeds } = useMail();
  const { count } = useDates();
  const folders = [folder.id, ...below(account, folder.id)].map((id) => account.mailboxes.get(id)).filter((each) => each !== undefined);
  const messages = folders.reduce((sum, each) => sum + each.totalEmails, 0);
  const [name, inIt] = [useNameOf()(folder), count(messages)];
  return (
    <Question title={t`Delete folder “${name}” for good?`} deed={t`Delete for good`} onDeed={() => { deeds.destroy(folder); }}>
      {messages > 0 && <p>{plural(messages, { one: "With the message in it.", other: `With the ${inIt} messages in it.` })}</p>}
      {folders.length > 1 && <p><Trans>The folders in it go, too.</Trans></p>}
      <ForEverybody />
    </Question>
  );
}

/** The question before a folder is emptied. */
export function FolderEmptyDialog({ folder }: { readonly folder: Folder }) {
  const { t } = useLingui();
  const { count } = useDates();
  const { account, folderDeeds: deeds } = useMail();
  const messages = useCounted(account, folder.id)?.totalEmails ?? 0;
  const isForGood = folder.role === "trash" || folder.role === "junk";
  const [name, inIt] = [useNameOf()(folder), count(messages)];
  return (
    <Question title={t`Empty “${name}”?`} deed={isForGood ? t`Delete for good` : t`Empty`} onDeed={() => { deeds.empty(folder); }}>
      <p>{plural(messages, { one: "There is one message in it.", other: `There are ${inIt} messages in it.` })}</p>
      {isForGood ? <ForEverybody /> : <p><Trans>They are moved to the deleted messages.</Trans></p>}
    </Question>
  );
}

function ForEverybody() {
  const { mailbox } = useMail();
  return (
    <p>
      {mailbox.type === "local"
        ? <Trans>This is for everybody who uses this mailbox, and can't be undone.</Trans>
        : <Trans>This is for everybody who uses this mailbox, here and at Microsoft, and can't be undone.</Trans>}
    </p>
  );
}

interface QuestionProps {
  readonly title: string;
  readonly deed: string;
  readonly onDeed: () => void;
  readonly children: React.ReactNode;
}

function Question({ title, deed, onDeed, children }: QuestionProps) {
  const { t } = useLingui();
  const { setDialog } = useMail();
  const close = (): void => { setDialog(null); };
  return (
    <Dialog
      isOpen onClose={close} title={title}
      actions={(
        <>
          <Button data-focus-first onClick={close}>{t`Cancel`}</Button>
          <Button variant="danger" onClick={() => { close(); onDeed(); }}>{deed}</Button>
        </>
      )}
    >
      <div className="flex flex-col gap-2">{children}</div>
    </Dialog>
  );
}
