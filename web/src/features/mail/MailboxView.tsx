import { useNavigate } from "@tanstack/react-router";
import type { ReactNode, RefObject } from "react";
import { Suspense, lazy, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLingui } from "@lingui/react/macro";
import type { EmailFilter, EmailId, Folder, MailboxId, Session } from "@/jmap";
import type { AccountStore, AssignedMailbox, ListFilter, ListSort, MailStore, MessageList, RowList } from "@/store";
import { byRole, hasKeyword, isDraft } from "@/store";
import { Button, EmptyState, SkeletonRows } from "@/ui";
import { Banners } from "./Banners";
import { LeftBehind } from "./compose/LeftBehind";
import { useWriting } from "./compose/useWriting";
import { Dialogs } from "./dialogs/Dialogs";
import { Sidebar } from "./folders/Sidebar";
import { ListPane } from "./list/ListPane";
import { MailError } from "./MailError";
import { PaletteDoor } from "./palette/PaletteDoor";
import { Panes } from "./Panes";
import { ReadOnlyNote } from "./ReadOnlyNote";
import { TakenBack } from "./TakenBack";
import { useMe } from "@/session";
import type { Folders } from "./search/parse";
import { parseSearch } from "./search/parse";
import { categoriesOf, peopleOf } from "./search/suggest";
import { isShown, useCountedFolders, useFolders, useScreen, useSignal } from "./state/hooks";
import type { ActiveSearch, ListSight, ListView, MailView, OpenDialog, Owner, SearchScope, Searchable } from "./state/mail";
import { ListContext, MailContext, useMail } from "./state/mail";
import { useCursor, usePlace } from "./state/place";
import { changePrefs, readPrefs, usePrefs } from "./state/prefs";
import { NO_TICKS } from "./state/ticks";
import { useAskedToWrite } from "./state/askedToWrite";
import { areFoldersAskedFor, askForFolders } from "./state/arrival";
import { dropUndo } from "./state/undo";
import type { ReadingSight } from "./state/reading";
import { deedsOnRows } from "./state/rowDeeds";
import { useDeeds } from "./state/useDeeds";
import { useFavourites } from "./state/useFavourites";
import { useDeedsOnFolders } from "./state/useFolderDeeds";
import { useKeys } from "./state/useKeys";
import type { NameOf } from "./state/useNameOf";
import { useFolderName, useNameOf } from "./state/useNameOf";
import { useReadOnlyNote } from "./state/useReadOnlyNote";
import { useTitle } from "./state/useTitle";
import { folderPath } from "./text/names";

/** What reads and makes safe comes beside the list, so that the list need not wait for it. */
const loadPreview = () => import("./preview/PreviewPane");
const PreviewPane = lazy(async () => ({ default: (await loadPreview()).PreviewPane }));
/** Only after somebody has signed in. */
const Connected = lazy(async () => ({ default: (await import("./Connected")).Connected }));
const SOON_MS = 1_000;

/** A search as the address says it. */
export interface SearchAddress {
  readonly text: string;
  readonly scope: SearchScope;
}

export interface MailboxViewProps {
  readonly store: MailStore;
  readonly session: Session;
  readonly mailbox: AssignedMailbox;
  readonly account: AccountStore;
  readonly folderId: string | undefined;
  readonly messageId: string | undefined;
  readonly search: SearchAddress | undefined;
  /** As for MailPage. */
  readonly onWelcomed: (() => void) | undefined;
  /** The drop-down; stands above the folders. */
  readonly identity: ReactNode;
}

/** One open mailbox: folders, list and preview, and what acts on them. */
export function MailboxView(props: MailboxViewProps) {
  const readOnly = useReadOnlyNote();
  const { density } = usePrefs();
  const view = useView(props, readOnly.say);
  const { folder, title, list, messageId, screen, account } = view;
  const { name, address } = props.mailbox;
  const isPreviewHere = usePreviewSoon(list);
  useKeys(view);
  useAskedToWrite(view);
  const folders = <>{props.identity}<Sidebar /></>;
  const front = messageId !== null ? "preview" : props.folderId === undefined ? "folders" : "list";
  return (
    <ListContext value={view}><MailContext value={view}>
      <div data-density={density} className="flex h-full min-h-0 flex-col">
        <Title account={account} folder={folder ? title : address} whose={name || address} />
        {props.onWelcomed && <Suspense fallback={null}><Connected onEnd={props.onWelcomed} /></Suspense>}
        <Banners />
        <LeftBehind />
        {isListBehind(view) && <TakenBack />}
        <Panes
          screen={screen} front={front} folders={folders}
          list={folder ? <ListPane list={list} folder={folder} /> : <NoFolder />}
          preview={messageId !== null || isPreviewHere ? <Suspense fallback={null}><PreviewPane /></Suspense> : null}
        />
      </div>
      <ReadOnlyNote isShown={readOnly.isShown} />
      <Dialogs folders={folders} />
      <PaletteDoor view={view} store={props.store} accountId={props.mailbox.id} />
    </MailContext></ListContext>
  );
}

/** Whether a message is read in place of the list, with what stands above it. */
export function isListBehind({ screen, messageId }: Pick<ListView, "screen" | "messageId">): boolean {
  return messageId !== null && (screen === "phone" || readPrefs().preview === "off");
}

/** By itself, for the count changes with every message. */
function Title({ account, folder, whose }: { readonly account: AccountStore; readonly folder: string; readonly whose: string }) {
  useTitle({ folder, whose, unread: byRole(useCountedFolders(account), "inbox")?.unreadEmails ?? 0 });
  return null;
}

/** Once the list stands there, and on a phone too: before the first message is opened. Whether it has come. */
export function usePreviewSoon(list: RowList | null): boolean {
  const [isHere, setHere] = useState(false);
  useEffect(() => {
    if (!list) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      if (list.status.get().kind === "ready") timer ??= setTimeout(() => { loadPreview().then(() => { setHere(true); }, () => undefined); }, SOON_MS);
    };
    const stop = list.status.subscribe(look);
    look();
    return () => { stop(); clearTimeout(timer); };
  }, [list]);
  return isHere;
}

function useView({ store, session, mailbox, account, folderId, messageId, search: address }: MailboxViewProps, sayReadOnly: () => void): MailView {
  const screen = useScreen();
  const { preview, isThreaded: isWanted, sort } = usePrefs();
  const folders = useFolders(account);
  const walk = useWalk(mailbox.id, folderId, address);
  const folder = folders.find((each) => each.id === folderId) ?? null;
  const title = useFolderName(folder);
  const [filters, setFilters] = useState<{ folderId: string | undefined; filter: ListFilter }>({ folderId, filter: "all" });
  const filter = filters.folderId === folderId ? filters.filter : "all";
  const searchable = useSearchable(store, account);
  const search = useActiveSearch(searchable, address);
  const isEverywhere = search !== null && search.scope !== "here";
  const isThreaded = isWanted && (folder?.role !== "drafts" || isEverywhere); // each draft is written by itself
  const list = useList(account, folder?.id ?? null, filter, search, isThreaded, sort);
  const [ticked, setTicked] = useState({ list, ticks: NO_TICKS });
  const ticks = ticked.list === list ? ticked.ticks : NO_TICKS;
  const problem = useSignal(account.problem);
  const { set: setProblem } = account.problem;
  const [dialog, setDialog] = useState<OpenDialog | null>(null);
  const current = (messageId ?? null) as EmailId | null;
  const searched = address ? `${address.scope} ${address.text}` : "";
  const { place, beginAnew } = usePlace(folderId, `${filter} ${isThreaded ? "threads" : ""} ${sort.by} ${String(sort.isAscending)} ${searched}`);
  const { cursor, setCursor } = useCursor(`${folderId ?? ""} ${searched}`, current);
  const sight = useRef<ListSight | null>(null);
  const reading = useRef<ReadingSight | null>(null);
  const searchField = useRef<HTMLInputElement | null>(null);
  const setTicks = useCallback<MailView["setTicks"]>((change) => {
    setTicked((old) => ({ list, ticks: change(old.list === list ? old.ticks : NO_TICKS) }));
  }, [list]);
  const isListBehind = screen === "phone" || preview === "off";
  const openRow = useCallback((row: EmailId) => { walk.open(firstToRead(account, list, row)); }, [account, list, walk]);
  const listedId = isEverywhere ? null : (folder?.id ?? null);
  const partsOf = useCallback((ids: readonly EmailId[]) => (ids.length > 0 ? [{ account, folderId: listedId, ids }] : []), [account, listedId]);
  const deeds = useDeeds({
    partsOf, nameOf: asItIs, list, messageId: current, cursor, ticks, isListBehind, setTicks, setCursor, open: walk.open, openRow, setDialog,
  });
  const rowDeeds = useMemo(() => deedsOnRows({ emailOf: (id) => account.emails.get(id), list, deeds, setProblem }), [account, list, deeds, setProblem]);
  const leaveDraft = useCallback((id: EmailId) => { if (current === id) walk.open(null); }, [current, walk]);
  const writing = useWriting({ store, account, mailbox, show: walk.open, leave: leaveDraft });
  const openFolder = (id: MailboxId): void => {
    beginAnew(id);
    setCursor(null);
    walk.openFolder(id);
  };
  const folderDeeds = useDeedsOnFolders({ account, store, folder, openFolder, deeds, setProblem, setDialog });
  const open = useMemo(() => new Map([[account.id, folders]]), [account.id, folders]);
  const favourites = useFavourites({ store, open, setProblem, openHere: openFolder });
  useInboxFirst(mailbox.id, folders, folderId, screen, walk.replaceFolder);
  useEffect(() => dropUndo, [mailbox.id, folderId]);
  useEffect(() => { changePrefs({ lastAccount: mailbox.id }); }, [mailbox.id]);
  const mayWrite = mailbox.level !== "read";
  const synced = useMemo(() => (mailbox.type === "local" ? [] : [account.id]), [mailbox.type, account.id]);
  return {
    store, session, mailbox, account, folder, list, isMerged: false, role: isEverywhere ? null : (folder?.role ?? null), synced,
    title, mark: null, scopes: useScopes(store), searchable, filter, messageId: current, cursor, place, sight, reading, screen, ticks, problem, dialog,
    deeds, rowDeeds, folderDeeds, favourites, writing,
    search, searchField, setSearch: walk.search, focusList,
    focusSearch: () => {
      if (isListBehind && current !== null) walk.open(null);
      focusField(searchField);
    },
    mayWrite, ownerOf: (id): Owner => ({ account, mailbox, id: id as EmailId, list, folder, mayWrite, mark: null }), sayReadOnly, setTicks, setProblem, setDialog,
    setFilter: (next) => {
      if (folderId !== undefined) beginAnew(folderId);
      setFilters({ folderId, filter: next });
    },
    open: walk.open,
    openRow,
    openFolder,
    openRole: (role) => {
      const target = byRole(account.mailboxes.all(), role);
      if (target) openFolder(target.id);
    },
    openFolders: () => { if (screen === "phone") walk.openFolders(); else setDialog({ kind: "folders" }); },
  };
}

const SCOPES: readonly SearchScope[] = ["everywhere", "mailbox", "here"];

/** Who has several mailboxes may search them all. */
export function useScopes(store: MailStore): readonly SearchScope[] {
  const isOneOfMany = (useSignal(store.assigned) ?? []).length > 1;
  return isOneOfMany ? SCOPES : SCOPES.slice(1);
}

const asItIs = (_: AccountStore, id: EmailId): EmailId => id;

/** Where a thread is begun to be read: at its first unread message in the folder, else at the row's own. */
export function firstToRead(account: AccountStore, list: MessageList | null, row: EmailId): EmailId {
  const unread = (list?.messagesOf(row) ?? []).find((id) => {
    const email = account.emails.get(id);
    return email !== undefined && !hasKeyword(email, "$seen") && !isDraft(account, email);
  });
  return unread ?? row;
}

export function focusList(): void {
  document.querySelector<HTMLElement>("[data-focus-home]")?.focus();
}

/** At once, for what is typed next is meant for it; where the list is only coming back, with the next frame. */
export function focusField(field: RefObject<HTMLInputElement | null>): void {
  const focus = (): void => { field.current?.focus(); field.current?.select(); };
  if (field.current) focus();
  else requestAnimationFrame(focus);
}

/** What the search field knows of one mailbox. */
function useSearchable({ categories }: MailStore, account: AccountStore): Searchable {
  const folders = useFolders(account);
  const userId = useMe().id;
  const nameOf = useNameOf();
  return useMemo(() => ({
    memory: `${userId}/${account.id}`, folders: foldersOfSearch(account, folders.filter(isShown), nameOf), people: () => peopleOf(account.emails.all()),
    categories: () => categoriesOf(categories.of(account.id), account.emails.all()),
  }), [userId, categories, account, folders, nameOf]);
}

export function foldersOfSearch(account: AccountStore, all: readonly Folder[], nameOf: NameOf): Folders {
  const byId = (id: MailboxId): Folder | undefined => account.mailboxes.get(id);
  return { all, path: (folder) => folderPath(folder, byId, nameOf), ownPath: (folder) => folderPath(folder, byId, ({ name }) => name) };
}

/** The search of the address, understood with the folders that are known by now. */
export function useActiveSearch({ folders }: Pick<Searchable, "folders">, address: SearchAddress | undefined): ActiveSearch | null {
  return useMemo(() => (address ? { ...address, ...parseSearch(address.text, folders, new Date()) } : null), [folders, address]);
}

/** The list on screen; null where there is no folder, or nothing that can be looked for. */
function useList(account: AccountStore, folderId: MailboxId | null, filter: ListFilter, search: ActiveSearch | null, isThreaded: boolean, { by, isAscending }: ListSort): MessageList | null {
  const wanted = search?.filter ? JSON.stringify(search.filter) : null;
  const isHere = search === null || search.scope === "here";
  const isNonsense = search !== null && wanted === null;
  return useMemo(() => {
    if (folderId === null || isNonsense) return null;
    const asked = wanted === null ? null : (JSON.parse(wanted) as EmailFilter);
    return account.list({ mailboxId: isHere ? folderId : null, filter, search: asked, isThreaded, sort: { by, isAscending } });
  }, [account, folderId, filter, wanted, isHere, isNonsense, isThreaded, by, isAscending]);
}

/** Addresses: every folder, message and search has its own; walking from message to message leaves one step back. */
export function useWalk(accountId: string, folderId: string | undefined, search: SearchAddress | undefined) {
  const navigate = useNavigate();
  return useMemo(() => ({
    open: (id: EmailId | null): void => {
      if (folderId === undefined) return;
      const hasMessage = /^\/mail\/[^/]+\/[^/]+\/./.test(window.location.pathname);
      const kept = searchOf(search);
      if (id === null) void navigate({ to: "/mail/$accountId/$folderId", params: { accountId, folderId }, search: kept });
      else void navigate({ to: "/mail/$accountId/$folderId/$messageId", params: { accountId, folderId, messageId: id }, search: kept, replace: hasMessage });
    },
    /** One step back leads from a search to the folder, however much was typed. */
    search: (text: string | null, { scope = search?.scope ?? "mailbox" }: { readonly scope?: SearchScope } = {}): void => {
      if (folderId === undefined || (text === null && !search)) return;
      const kept = text === null ? {} : searchOf({ text, scope });
      void navigate({ to: "/mail/$accountId/$folderId", params: { accountId, folderId }, search: kept, replace: search !== undefined });
    },
    openFolder: (id: string): void => { void navigate({ to: "/mail/$accountId/$folderId", params: { accountId, folderId: id }, search: {} }); },
    /** An address without a folder is about the first one: what it looks for stays. */
    replaceFolder: (id: string): void => {
      const kept = folderId === undefined ? searchOf(search) : {};
      void navigate({ to: "/mail/$accountId/$folderId", params: { accountId, folderId: id }, search: kept, replace: true });
    },
    openFolders: (): void => { askForFolders(accountId); void navigate({ to: "/mail/$accountId", params: { accountId }, search: {} }); },
  }), [navigate, accountId, folderId, search]);
}

function searchOf(search: SearchAddress | undefined): { q?: string; here?: string; everywhere?: string } {
  if (!search) return {};
  return { q: search.text, ...(search.scope === "here" ? { here: "1" } : search.scope === "everywhere" ? { everywhere: "1" } : {}) };
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
