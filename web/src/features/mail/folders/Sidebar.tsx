import { Plural } from "@lingui/react/macro";
import { TriangleAlert } from "lucide-react";
import { SkeletonRows } from "@/ui";
import { WriteButton } from "../list/WriteButton";
import { useNotices } from "../state/useNotices";
import { useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import { FolderTree } from "./FolderTree";
import { SyncLine } from "./SyncLine";

/** State line and folders of the open mailbox; the drop-down stands above it. */
export function Sidebar() {
  const { store, mailbox, account, setDialog } = useMail();
  const status = useSignal(account.status);
  const isEmpty = account.mailboxes.size === 0;
  return (
    <>
      <WriteButton look="wide" />
      <SyncLine store={store} mailbox={mailbox} account={account} {...(mailbox.type === "local" ? {} : { onOpen: () => { setDialog({ kind: "sync" }); } })} />
      <NotAccepted />
      {isEmpty && status.kind === "loading" ? <div className="px-2 pt-4"><SkeletonRows rows={6} /></div> : <FolderTree />}
    </>
  );
}

/** How many changes in this mailbox were taken back; a press tells of each. */
export function NotAccepted() {
  const { store, account, setDialog } = useMail();
  const { notices } = useNotices(store, account);
  if (notices.length === 0) return null;
  return (
    <button type="button" onClick={() => { setDialog({ kind: "sync" }); }} className="mt-1 flex w-full items-start gap-2 rounded-md bg-warning-surface px-2 py-1.5 text-left text-fine text-warning">
      <TriangleAlert size={14} aria-hidden className="mt-px shrink-0" />
      <span><Plural value={notices.length} one="Microsoft refused # change" other="Microsoft refused # changes" /></span>
    </button>
  );
}
