import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLingui } from "@lingui/react/macro";
import type { EmailId, MailboxId, Session } from "@/jmap";
import type { AccountStore, AssignedMailbox, ListFilter, MailStore } from "@/store";
import { byRole } from "@/store";
import { Button, EmptyState, SkeletonRows } from "@/ui";
import { Banners } from "./Banners";
import { Connected } from "./Connected";
import { Dialogs } from "./dialogs/Dialogs";
import { Sidebar } from "./folders/Sidebar";
import { ListPane } from "./list/ListPane";
import { MailError } from "./MailError";
import { Panes } from "./Panes";
import { PreviewPane } from "./preview/PreviewPane";
import { ReadOnlyNote } from "./ReadOnlyNote";
import { useFolders, useScreen, useSignal } from "./state/hooks";
import type { ListSight, MailView, OpenDialog } from "./state/mail";
import { MailContext, useMail } from "./state/mail";
import { useCursor, usePlace } from "./state/place";
import { changePrefs, usePrefs } from "./state/prefs";
import { NO_TICKS } from "./state/ticks";
import { areFoldersAskedFor, askForFolders } from "./state/arrival";
import { dropUndo } from "./state/undo";
import { useDeeds } from "./state/useDeeds";
import { useKeys } from "./state/useKeys";
import { useReadOnlyNote } from "./state/useReadOnlyNote";
import { useTitle } from "./state/useTitle";

export interface MailboxViewProps {
  readonly store: MailStore;
  readonly session: Session;
  readonly mailbox: AssignedMailbox;
  readonly account: AccountStore;
  readonly folderId: string | undefined;
  readonly messageId: string | undefined;
  /** As for MailPage. */
  readonly onWelcomed: (() => void) | undefined;
  /** The drop-down; stands above the folders. */
  readonly identity: ReactNode;
}

/** One open mailbox: folders, list and preview, and what acts on them. */
export function MailboxView(props: MailboxViewProps) {
  const readOnly = useReadOnlyNote();
  const view = useView(props, readOnly.say);
  const { folder, list, messageId, screen, account } = view;
  useTitle(folder, props.mailbox, account);
  useKeys(view);
  const folders = <>{props.identity}<Sidebar /></>;
  const front = messageId !== null ? "preview" : props.folderId === undefined ? "folders" : "list";
  return (
    <MailContext value={view}>
      <div className="flex h-full min-h-0 flex-col">
        {props.onWelcomed && <Connected onEnd={props.onWelcomed} />}
        <Banners />
        <Panes
          screen={screen} front={front} folders={folders}
          list={folder && list ? <ListPane list={list} folder={folder} /> : <NoFolder />}
          preview={<PreviewPane />}
        />
      </div>
      <ReadOnlyNote isShown={readOnly.isShown} />
      <Dialogs folders={folders} />
    </MailContext>
  );
}

function useView({ store, session, mailbox, account, folderId, messageId }: MailboxViewProps, sayReadOnly: () => void): MailView {
  const screen = useScreen();
  const { preview } = usePrefs();
  const folders = useFolders(account);
  const walk = useWalk(mailbox.id, folderId);
  const folder = folders.find((each) => each.id === folderId) ?? null;
  const [filters, setFilters] = useState<{ folderId: string | undefined; filter: ListFilter }>({ folderId, filter: "all" });
  const filter = filters.folderId === folderId ? filters.filter : "all";
  const list = useMemo(() => (folder ? account.list({ mailboxId: folder.id, filter }) : null), [account, folder?.id, filter]); // eslint-disable-line react-hooks/exhaustive-deps -- the folder's counters do not matter
  const [ticked, setTicked] = useState({ list, ticks: NO_TICKS });
  const ticks = ticked.list === list ? ticked.ticks : NO_TICKS;
  const problem = useSignal(account.problem);
  const { set: setProblem } = account.problem;
  const [dialog, setDialog] = useState<OpenDialog | null>(null);
  const current = (messageId ?? null) as EmailId | null;
  const { place, beginAnew } = usePlace(folderId, filter);
  const { cursor, setCursor } = useCursor(folderId, current);
  const sight = useRef<ListSight | null>(null);
  const setTicks = useCallback<MailView["setTicks"]>((change) => {
    setTicked((old) => ({ list, ticks: change(old.list === list ? old.ticks : NO_TICKS) }));
  }, [list]);
  const isListBehind = screen === "phone" || preview === "off";
  const deeds = useDeeds({
    account, list, folderId: folder?.id ?? null, messageId: current, cursor, ticks, isListBehind,
    setTicks, setCursor, open: walk.open, setProblem, setDialog,
  });
  useInboxFirst(mailbox.id, folders, folderId, screen, walk.replaceFolder);
  useEffect(() => dropUndo, [mailbox.id, folderId]);
  useEffect(() => { changePrefs({ lastAccount: mailbox.id }); }, [mailbox.id]);
  return {
    store, session, mailbox, account, folder, list, filter, messageId: current, cursor, place, sight, screen, ticks, problem, dialog, deeds,
    mayWrite: mailbox.level !== "read", sayReadOnly, setTicks, setProblem, setDialog,
    setFilter: (next) => {
      if (folderId !== undefined) beginAnew(folderId);
      setFilters({ folderId, filter: next });
    },
    open: walk.open,
    openFolder: (id) => {
      beginAnew(id);
      setCursor(null);
      walk.openFolder(id);
    },
    openFolders: () => { if (screen === "phone") walk.openFolders(); else setDialog({ kind: "folders" }); },
  };
}

/** Addresses: every folder and message has its own; walking from message to message leaves one step back. */
function useWalk(accountId: string, folderId: string | undefined) {
  const navigate = useNavigate();
  return useMemo(() => ({
    open: (id: EmailId | null): void => {
      if (folderId === undefined) return;
      const hasMessage = /^\/mail\/[^/]+\/[^/]+\/./.test(window.location.pathname);
      if (id === null) void navigate({ to: "/mail/$accountId/$folderId", params: { accountId, folderId }, search: {} });
      else void navigate({ to: "/mail/$accountId/$folderId/$messageId", params: { accountId, folderId, messageId: id }, search: {}, replace: hasMessage });
    },
    openFolder: (id: MailboxId): void => { void navigate({ to: "/mail/$accountId/$folderId", params: { accountId, folderId: id }, search: {} }); },
    replaceFolder: (id: MailboxId): void => { void navigate({ to: "/mail/$accountId/$folderId", params: { accountId, folderId: id }, search: {}, replace: true }); },
    openFolders: (): void => { askForFolders(accountId); void navigate({ to: "/mail/$accountId", params: { accountId }, search: {} }); },
  }), [navigate, accountId, folderId]);
}

/** A mailbox opens at its inbox; a phone that was asked for the folders shows them. */
function useInboxFirst(
  accountId: string, folders: ReturnType<typeof useFolders>, folderId: string | undefined, screen: string, replaceFolder: (id: MailboxId) => void,
): void {
  const first = byRole(folders, "inbox") ?? folders[0];
  useEffect(() => {
    const staysAtFolders = screen === "phone" && areFoldersAskedFor(accountId);
    if (folderId === undefined && !staysAtFolders && first) replaceFolder(first.id);
  }, [accountId, folderId, screen, first, replaceFolder]);
}

/** The folder is not known (yet), or not any more. */
function NoFolder() {
  const { t } = useLingui();
  const { account, openFolder, openFolders, screen, folder } = useMail();
  const status = useSignal(account.status);
  const folders = useFolders(account);
  const inbox = byRole(folders, "inbox");
  if (folder) return null;
  if (status.kind === "failed" && folders.length === 0) {
    return <div className="p-4"><MailError error={status.error} actions={<Button onClick={() => { void account.refresh(); }}>{t`Try again`}</Button>} /></div>;
  }
  if (status.kind === "loading" || folders.length === 0) return <div className="px-4"><SkeletonRows rows={8} /></div>;
  return (
    <EmptyState
      title={t`This folder is no longer here`}
      actions={inbox ? <Button onClick={() => { openFolder(inbox.id); }}>{t`To the inbox`}</Button> : screen === "phone" ? <Button onClick={openFolders}>{t`Folders`}</Button> : null}
    >
      {t`It was removed or renamed in another program.`}
    </EmptyState>
  );
}
