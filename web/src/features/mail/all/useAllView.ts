import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useDates } from "@/i18n";
import type { AccountId, EmailId, Folder, Mailbox, Role, Session } from "@/jmap";
import { useMe } from "@/session";
import type { AccountStore, AssignedMailbox, ListFilter, MailStore, MergedList } from "@/store";
import { byRole, narrowed, widened } from "@/store";
import type { Writing } from "../compose/useWriting";
import { writingIn } from "../compose/useWriting";
import { ALL } from "../folders/IdentityMenu";
import type { SearchAddress } from "../MailboxView";
import { firstToRead, focusField, focusList, foldersOfSearch, useScopes, useWalk } from "../MailboxView";
import type { Folders } from "../search/parse";
import { parseSearch } from "../search/parse";
import { categoriesOf, peopleOf } from "../search/suggest";
import { isShown, useScreen } from "../state/hooks";
import type { ActiveSearch, ListSight, ListView, MailView, OpenDialog, Owner, SearchScope, Searchable } from "../state/mail";
import { useCursor, usePlace } from "../state/place";
import { changePrefs, usePrefs } from "../state/prefs";
import type { ReadingSight } from "../state/reading";
import { deedsOnRows } from "../state/rowDeeds";
import { NO_TICKS } from "../state/ticks";
import { dropUndo } from "../state/undo";
import { useDeeds } from "../state/useDeeds";
import { useFavourites } from "../state/useFavourites";
import type { NameOf } from "../state/useNameOf";
import { useNameOf, useRoleNames } from "../state/useNameOf";
import { deedsOnFolders } from "../state/useFolderDeeds";
import { deedsIn, readingIn, wideIn } from "./narrow";
import { roleOf } from "./opened";
import type { AllPart } from "./parts";
import { useAccounts, useEachFolders, useMerged, useParts } from "./parts";

export interface AllViewOptions {
  readonly store: MailStore;
  readonly session: Session;
  readonly folderId: string | undefined;
  readonly messageId: string | undefined;
  readonly search: SearchAddress | undefined;
  /** Where a search in all mailboxes was begun; null: all mailboxes are open themselves. */
  readonly origin: AssignedMailbox | null;
}

/** A dialog, and the mailbox it is about; null: one about rows, of whatever mailboxes. */
interface AllDialog {
  readonly of: AccountId | null;
  readonly dialog: OpenDialog;
}

export interface AllView {
  readonly view: ListView;
  readonly list: MergedList | null;
  /** Whose folders are open. */
  readonly role: Role;
  readonly parts: readonly AllPart[];
  /** Of which nothing is here yet. */
  readonly waiting: readonly AssignedMailbox[];
  readonly accounts: readonly AccountStore[];
  readonly folders: readonly (readonly Mailbox[])[];
  readonly dialog: AllDialog | null;
  /** What letters are begun from. */
  readonly writer: AllPart | null;
  writeFrom(part: AllPart): void;
  /** One of the mailboxes, as those parts of the page see it that show one alone. */
  viewIn(part: AllPart): MailView;
  openMailbox(id: string): void;
  /** In place of an address that names no folder. */
  openInbox(): void;
}

const UNIFIED: readonly SearchScope[] = ["mailbox", "here"];

export function useAllView({ store, session, folderId, messageId, search: address, origin }: AllViewOptions, sayReadOnly: () => void): AllView {
  const navigate = useNavigate();
  const screen = useScreen();
  const userId = useMe().id;
  const { style: { locale } } = useDates();
  const { preview, isThreaded: isWanted, writesFrom } = usePrefs();
  const names = useRoleNames();
  const called = useNameOf();
  const { parts, waiting } = useParts(store);
  const accounts = useAccounts(parts);
  const folders = useEachFolders(accounts);
  const walk = useWalk(origin?.id ?? ALL, folderId, address);
  const role = roleOf(folderId);
  const originFolder = origin && folderId !== undefined ? (accounts.find(({ id }) => id === origin.id)?.folders().find(({ id }) => id === folderId) ?? null) : null;
  const [filters, setFilters] = useState<{ folderId: string | undefined; filter: ListFilter }>({ folderId, filter: "all" });
  const filter = filters.folderId === folderId ? filters.filter : "all";
  const searches = useSearches(accounts, folders, address, called);
  const search = useMemo(() => combined(searches), [searches]);
  const isThreaded = isWanted && (role !== "drafts" || (search !== null && search.scope !== "here")); // each draft is written by itself
  const list = useMerged({ parts, accounts, folders, role, filter, searches, isThreaded });
  const [ticked, setTicked] = useState({ list, ticks: NO_TICKS });
  const ticks = ticked.list === list ? ticked.ticks : NO_TICKS;
  const [dialog, setAnyDialog] = useState<AllDialog | null>(null);
  const setDialog = useCallback((next: OpenDialog | null) => { setAnyDialog(next && ofWhom(next)); }, []);
  const current = (messageId ?? null) as EmailId | null;
  const searched = address ? `${address.scope} ${address.text}` : "";
  const { place, beginAnew } = usePlace(folderId, `${filter} ${isThreaded ? "threads" : ""} ${searched}`);
  const { cursor, setCursor } = useCursor(`${folderId ?? ""} ${searched}`, current);
  const sight = useRef<ListSight | null>(null);
  const reading = useRef<ReadingSight | null>(null);
  const searchField = useRef<HTMLInputElement | null>(null);
  const byId = useMemo(() => new Map<string, AllPart>(parts.map((part) => [part.account.id, part])), [parts]);
  const mayWriteIn = useCallback((id: string) => (byId.get(narrowed(id)?.account ?? "")?.mailbox.level ?? "read") !== "read", [byId]);
  const setTicks = useCallback<ListView["setTicks"]>((change) => {
    setTicked((old) => {
      const { ids, anchor } = change(old.list === list ? old.ticks : NO_TICKS);
      return { list, ticks: { ids: new Set([...ids].filter(mayWriteIn)), anchor } }; // ticks lead to changes only
    });
  }, [list, mayWriteIn]);
  const isListBehind = screen === "phone" || preview === "off";
  const folderOf = useCallback((account: AccountStore): Folder | null => {
    if (origin) return account.id === origin.id ? originFolder : null;
    return byRole(account.folders(), role) ?? null;
  }, [origin, originFolder, role]);
  const ownerOf = (id: string): Owner | null => {
    const own = narrowed(id);
    const part = own && byId.get(own.account);
    if (!own || !part) return null;
    const { account, mailbox, mark } = part;
    const partList = list?.parts.find((each) => each.account === account)?.list ?? null;
    return { account, mailbox, id: own.id, list: partList, folder: folderOf(account), mayWrite: mailbox.level !== "read", mark };
  };
  const openRow = useCallback((row: EmailId) => {
    const own = narrowed(row);
    const part = list?.parts.find(({ account }) => account.id === own?.account);
    walk.open(own && part ? widened(part.account.id, firstToRead(part.account, part.list, own.id)) : row);
  }, [list, walk]);
  const isEverywhere = search !== null && search.scope !== "here";
  const partsOf = useCallback((ids: readonly EmailId[]) => [...Map.groupBy(ids.flatMap((id) => narrowed(id) ?? []), (own) => own.account)].flatMap(([id, own]) => {
    const account = accounts.find((each) => each.id === id);
    return account ? [{ account, folderId: isEverywhere ? null : (folderOf(account)?.id ?? null), ids: own.map((each) => each.id) }] : [];
  }), [accounts, isEverywhere, folderOf]);
  const deeds = useDeeds({ partsOf, nameOf, list, messageId: current, cursor, ticks, isListBehind, setTicks, setCursor, open: walk.open, openRow, setDialog });
  const setProblem = useCallback((error: unknown) => { accounts[0]?.problem.set(error); }, [accounts]);
  const rowDeeds = useMemo(() => deedsOnRows({
    emailOf: (id) => { const own = narrowed(id); return own ? accounts.find((each) => each.id === own.account)?.emails.get(own.id) : undefined; }, list, deeds, setProblem,
  }), [accounts, list, deeds, setProblem]);
  const writings = useMemo(() => new Map<string, Writing>(parts.map(({ account, mailbox }) => [account.id, writingIn({
    store, account, mailbox, userId, locale,
    show: (id) => { walk.open(widened(account.id, id)); },
    leave: (id) => { if (current === widened(account.id, id)) walk.open(null); },
  })])), [parts, store, userId, locale, walk, current]);
  const writable = parts.filter(({ account }) => writings.get(account.id)?.isPossible);
  const readAccount = current === null ? null : narrowed(current)?.account;
  const writer = writable.find(({ account }) => account.id === (readAccount ?? writesFrom)) ?? writable.find(({ account }) => account.id === writesFrom) ?? writable[0] ?? null;
  const letters = (part: AllPart | null): Writing | undefined => (part ? writings.get(part.account.id) : undefined);
  const inMailbox = (id: EmailId, run: (writing: Writing, own: EmailId) => void, otherwise: () => void): void => {
    const own = narrowed(id);
    const writing = own ? writings.get(own.account) : undefined;
    if (own && writing?.isPossible) run(writing, own.id);
    else otherwise();
  };
  const known = useMemo(() => new Map(accounts.map((account, at) => [account.id, folders[at] ?? []])), [accounts, folders]);
  const favourites = useFavourites({ store, open: known, setProblem, openHere: null });
  const synced = useMemo(() => parts.filter(({ mailbox }) => mailbox.type !== "local").map(({ account }) => account.id), [parts]);
  const openFolder = (id: Role): void => {
    beginAnew(id);
    setCursor(null);
    walk.openFolder(id);
  };
  const view: ListView = {
    store, session, list, isMerged: true, role: isEverywhere ? null : role, synced, favourites, title: originFolder ? called(originFolder) : names[role], filter, messageId: current, cursor, place, sight, reading, screen, search, searchField,
    scopes: useUnifiedScopes(store, origin), searchable: useAllSearchable(store, userId, accounts, folders, called), setSearch: walk.search,
    focusSearch: () => {
      if (isListBehind && current !== null) walk.open(null);
      focusField(searchField);
    },
    focusList, mayWrite: parts.some(({ mailbox }) => mailbox.level !== "read"), ticks, ownerOf, sayReadOnly, setTicks,
    setFilter: (next) => {
      if (folderId !== undefined) beginAnew(folderId);
      setFilters({ folderId, filter: next });
    },
    open: walk.open, openRow,
    openRole: (wanted) => {
      const beside = parts.find(({ mailbox }) => mailbox.id === origin?.id);
      if (beside) viewIn(beside).openRole(wanted);
      else openFolder(wanted);
    },
    openFolders: () => { if (screen === "phone") walk.openFolders(); else setDialog({ kind: "folders" }); },
    deeds, rowDeeds,
    writing: {
      isPossible: writable.length > 0,
      write: () => { letters(writer)?.write(); },
      writeOn: (start) => { letters(writer)?.writeOn(start); },
      answer: (kind, id) => { inMailbox(id, (writing, own) => { writing.answer(kind, own); }, sayReadOnly); },
      openDraft: (id) => { inMailbox(id, (writing, own) => { writing.openDraft(own); }, () => { walk.open(id); }); },
    },
    setProblem, setDialog,
  };
  const viewIn = (part: AllPart): MailView => {
    const { account, mailbox, mark } = part;
    const own = (id: EmailId | null): EmailId | null => { const found = id === null ? null : narrowed(id); return found?.account === account.id ? found.id : null; };
    const openThere = (id: string): void => { void navigate({ to: "/mail/$accountId/$folderId", params: { accountId: account.id, folderId: id }, search: {} }); };
    const folder = folderOf(account);
    const ownDeeds = deedsIn(account.id, deeds);
    const setOwnDialog = (next: OpenDialog | null): void => { setAnyDialog(next && { of: account.id, dialog: next }); };
    const { set: setOwnProblem } = account.problem;
    return {
      ...view, isMerged: false, mailbox, account, mark, folder, list: list?.parts.find((each) => each.account === account)?.list ?? null,
      messageId: own(current), cursor: own(cursor), ticks: NO_TICKS, mayWrite: mailbox.level !== "read", reading: readingIn(account.id, reading),
      ownerOf: (id) => ownerOf(wideIn(account.id, id as EmailId)), open: (id) => { walk.open(id && widened(account.id, id)); }, openRow: (id) => { openRow(wideIn(account.id, id)); },
      openFolder: openThere, openRole: (wanted) => { const target = byRole(account.mailboxes.all(), wanted); if (target) openThere(target.id); },
      deeds: ownDeeds, rowDeeds: deedsIn(account.id, rowDeeds), writing: writings.get(account.id) ?? view.writing,
      folderDeeds: deedsOnFolders({ account, store, folder, openFolder: openThere, deeds: ownDeeds, setProblem: setOwnProblem, setDialog: setOwnDialog, nameOf: called }),
      problem: account.problem.get(), setProblem: setOwnProblem,
      dialog: dialog?.of === account.id ? dialog.dialog : null,
      setDialog: setOwnDialog,
    };
  };
  useEffect(() => dropUndo, [folderId]);
  const isAll = origin === null;
  useEffect(() => { if (isAll) changePrefs({ lastAccount: ALL }); }, [isAll]);
  return {
    view, list, role, parts, waiting, accounts, folders, dialog, writer, viewIn,
    writeFrom: (part) => {
      changePrefs({ writesFrom: part.account.id });
      letters(part)?.write();
    },
    openInbox: () => { walk.replaceFolder("inbox"); },
    openMailbox: (id) => { void navigate({ to: "/mail/$accountId", params: { accountId: id }, search: {} }); },
  };
}

/** A message is of one mailbox, and so is what is shown of it. */
function ofWhom(dialog: OpenDialog): AllDialog {
  const own = dialog.kind === "original" || dialog.kind === "print" ? narrowed(dialog.id) : null;
  return own ? { of: own.account, dialog: { kind: dialog.kind, id: own.id } as OpenDialog } : { of: null, dialog };
}

const nameOf = (account: AccountStore, id: EmailId): EmailId => widened(account.id, id);

/** What is looked for, as each account understands it: folders are its own. */
function useSearches(accounts: readonly AccountStore[], folders: readonly (readonly Mailbox[])[], address: SearchAddress | undefined, called: NameOf): readonly ActiveSearch[] | null {
  return useMemo(() => {
    if (!address) return null;
    const today = new Date();
    return accounts.map((account, at) => ({ ...address, ...parseSearch(address.text, foldersOfSearch(account, visible(folders[at] ?? []), called), today) }));
  }, [accounts, folders, address, called]);
}

function visible(folders: readonly Mailbox[]): readonly Mailbox[] {
  return folders.filter(isShown);
}

/** A folder that only some of the mailboxes have is no mistake. */
function combined(searches: readonly ActiveSearch[] | null): ActiveSearch | null {
  const understood = searches?.find(({ problems }) => problems.length === 0) ?? searches?.[0];
  return understood ?? null;
}

function useUnifiedScopes(store: MailStore, origin: AssignedMailbox | null): readonly SearchScope[] {
  const all = useScopes(store);
  return origin ? all : UNIFIED;
}

/** The folders and people of all mailboxes; a folder of several is named once. */
function useAllSearchable({ categories }: MailStore, userId: string, accounts: readonly AccountStore[], folders: readonly (readonly Mailbox[])[], called: NameOf): Searchable {
  return useMemo(() => {
    const known = accounts.map((account, at) => foldersOfSearch(account, visible(folders[at] ?? []), called));
    const homes = new Map<Folder, Folders>(known.flatMap((own) => own.all.map((folder) => [folder, own] as const)));
    const path = (folder: Folder): readonly string[] => homes.get(folder)?.path(folder) ?? [];
    const all = [...Map.groupBy(homes.keys(), (folder) => path(folder).join("/").toLowerCase()).values()].flatMap(([first]) => (first ? [first] : []));
    return {
      memory: `${userId}/${ALL}`, folders: { all, path, ownPath: (folder) => homes.get(folder)?.ownPath(folder) ?? [] },
      people: () => peopleOf(accounts.flatMap((account) => account.emails.all())),
      categories: () => categoriesOf(accounts.flatMap(({ id }) => categories.of(id)), accounts.flatMap((account) => account.emails.all())),
    };
  }, [categories, userId, accounts, folders, called]);
}
