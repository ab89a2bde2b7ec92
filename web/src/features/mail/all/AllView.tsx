import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Suspense, lazy, useEffect } from "react";
import { byRole } from "@/store";
import { Button, EmptyState } from "@/ui";
import { OfflineBanner } from "../Banners";
import { LeftBehind } from "../compose/LeftBehind";
import { Sidebar } from "../folders/Sidebar";
import { isListBehind, usePreviewSoon } from "../MailboxView";
import { PaletteDoor } from "../palette/PaletteDoor";
import { Panes } from "../Panes";
import { ReadOnlyNote } from "../ReadOnlyNote";
import { NothingChosen } from "../preview/NothingChosen";
import { areFoldersAskedFor } from "../state/arrival";
import { useAskedToWrite } from "../state/askedToWrite";
import { useSignal } from "../state/hooks";
import { ListContext, MailContext } from "../state/mail";
import { usePrefs } from "../state/prefs";
import { useKeys } from "../state/useKeys";
import { useReadOnlyNote } from "../state/useReadOnlyNote";
import { useTitle } from "../state/useTitle";
import { ALL } from "../folders/IdentityMenu";
import { AllDialogs } from "./AllDialogs";
import { AllListPane, AllTakenBack } from "./AllListPane";
import { AllSidebar } from "./AllSidebar";
import type { AllView as View, AllViewOptions } from "./useAllView";
import { useAllView } from "./useAllView";

const PreviewPane = lazy(async () => ({ default: (await import("../preview/PreviewPane")).PreviewPane }));

export interface AllViewProps extends AllViewOptions {
  /** The drop-down; stands above the folders. */
  readonly identity: ReactNode;
}

/**
 * All mailboxes in one list: their folders of one role, or what was found in all of them.
 *
 * Rows are of any of the mailboxes, and their ids wide. What shows one message, or one mailbox, is what shows it
 * elsewhere too, inside a view of that mailbox (`viewIn`).
 */
export function AllView(props: AllViewProps) {
  const { t } = useLingui();
  const readOnly = useReadOnlyNote();
  const all = useAllView(props, readOnly.say);
  const { view, list, parts, folders } = all;
  const { store, screen, messageId, title } = view;
  const { density } = usePrefs();
  const { origin, folderId } = props;
  const isOffline = useSignal(store.line) === "offline";
  const isPreviewHere = usePreviewSoon(list);
  const unread = folders.reduce((sum, each) => sum + (byRole(each, "inbox")?.unreadEmails ?? 0), 0);
  useTitle({ folder: title, whose: t`All mailboxes`, unread });
  useKeys(view);
  useAskedToWrite(view);
  useInboxFirst(all, folderId, screen);
  const first = parts[0]?.account.id;
  const beside = parts.find(({ mailbox }) => mailbox.id === origin?.id);
  const pane = beside ? <MailContext value={all.viewIn(beside)}><Sidebar /></MailContext> : <AllSidebar all={all} />;
  const sidebar = <>{props.identity}{pane}</>;
  const front = messageId !== null ? "preview" : folderId === undefined ? "folders" : "list";
  return (
    <ListContext value={view}>
      <div data-density={density} className="flex h-full min-h-0 flex-col">
        {isOffline && first && <OfflineBanner account={first} />}
        {parts.map((part) => <MailContext key={part.account.id} value={all.viewIn(part)}><LeftBehind /></MailContext>)}
        {isListBehind(view) && <AllTakenBack all={all} />}
        <Panes
          screen={screen} front={front} folders={sidebar} list={<AllListPane all={all} />}
          preview={messageId !== null || isPreviewHere ? <Suspense fallback={null}><Reader all={all} /></Suspense> : null}
        />
      </div>
      <ReadOnlyNote isShown={readOnly.isShown} />
      <AllDialogs all={all} folders={sidebar} />
      <PaletteDoor view={view} store={store} accountId={origin?.id ?? ALL} />
    </ListContext>
  );
}

/** The message being read, in its mailbox. */
function Reader({ all }: { readonly all: View }) {
  const { view, list, parts, viewIn } = all;
  const { messageId } = view;
  if (messageId === null) return list ? <NothingChosen list={list} /> : null;
  const part = parts.find(({ account }) => account === view.ownerOf(messageId)?.account);
  if (!part) return <Away onBack={() => { view.open(null); }} />;
  return <MailContext key={part.account.id} value={viewIn(part)}><PreviewPane /></MailContext>;
}

/** It is of a mailbox that is not ours, or not any more. */
function Away({ onBack }: { readonly onBack: () => void }) {
  const { t } = useLingui();
  return (
    <EmptyState title={t`You are not assigned to this mailbox`} actions={<Button onClick={onBack}>{t`Back to the list`}</Button>}>
      {t`The message is of a mailbox that is not yours, or not any more.`}
    </EmptyState>
  );
}

/** All mailboxes open at their inboxes; a phone that was asked for the folders shows them. */
function useInboxFirst({ openInbox }: View, folderId: string | undefined, screen: string): void {
  const isOpening = folderId === undefined && !(screen === "phone" && areFoldersAskedFor(ALL));
  // The function is another one at every render and does the same.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(() => { if (isOpening) openInbox(); }, [isOpening]);
}
