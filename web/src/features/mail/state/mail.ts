/** What every part of an open mailbox needs; provided by MailboxView, and of all mailboxes at once by AllView. */
import type { RefObject } from "react";
import { createContext, useContext } from "react";
import type { AccountId, Email, EmailAddress, EmailId, Folder, MailboxId, Role, Session } from "@/jmap";
import type { AccountStore, AssignedMailbox, ListFilter, MailStore, MessageList, RowList } from "@/store";
import { isDraft } from "@/store";
import type { Writing } from "../compose/useWriting";
import type { Folders, ParsedSearch } from "../search/parse";
import type { Screen } from "./hooks";
import type { ListPlace } from "./place";
import type { ReadingSight } from "./reading";
import type { Ticks } from "./ticks";
import type { FavouriteDeeds } from "./useFavourites";
import type { FolderDeeds } from "./useFolderDeeds";

/** Whose a row or a message is. */
export interface Owner {
  readonly account: AccountStore;
  readonly mailbox: AssignedMailbox;
  /** The message's id there. */
  readonly id: EmailId;
  /** The part of the list on screen that is of this mailbox. */
  readonly list: MessageList | null;
  /** The open folder there. */
  readonly folder: Folder | null;
  /** May organise there: mark, flag, move, delete. */
  readonly mayWrite: boolean;
  /** How the mailbox is told from the others on screen; null where there are none. */
  readonly mark: MailboxMark | null;
}

/** A mailbox's short name, and which of the mailboxes' colours is its own. */
export interface MailboxMark {
  readonly name: string;
  readonly tone: number;
}

/** What a list and its keys need, be it of one mailbox or of several. Of several, all ids are wide. */
export interface ListView {
  readonly store: MailStore;
  readonly session: Session;
  readonly list: RowList | null;
  /** Of several mailboxes: its list is newest first, whatever order a person likes elsewhere. */
  readonly isMerged: boolean;
  /** What the open folder is for, or the folders that are open together; null: nothing, or a search goes farther. */
  readonly role: Role | null;
  /** The mailboxes on screen that are kept up with another server. */
  readonly synced: readonly AccountId[];
  /** What is open: a folder's name. */
  readonly title: string;
  readonly filter: ListFilter;
  readonly messageId: EmailId | null;
  /** The row that keys go on from: the message being read, else the one read last. */
  readonly cursor: EmailId | null;
  readonly place: ListPlace;
  /** The rows on screen; null while the list lies behind the message. */
  readonly sight: RefObject<ListSight | null>;
  /** The thread being read; null while none is on screen. */
  readonly reading: RefObject<ReadingSight | null>;
  readonly screen: Screen;
  /** What is looked for; null while a folder is shown. */
  readonly search: ActiveSearch | null;
  readonly searchField: RefObject<HTMLInputElement | null>;
  /** Where a search may look, the widest first. */
  readonly scopes: readonly SearchScope[];
  /** What the search field proposes from. */
  readonly searchable: Searchable;
  /** Look for something else; null goes back to the folder. */
  setSearch(text: string | null, how?: { readonly scope?: SearchScope }): void;
  /** Bring the search field on screen and write into it. */
  focusSearch(): void;
  focusList(): void;
  /** May organise, in one of the mailboxes at least. */
  readonly mayWrite: boolean;
  readonly ticks: Ticks;
  /** Null for a row whose mailbox is not here any more. */
  ownerOf(id: string): Owner | null;
  /** Say, quietly, that this person can only read here. */
  sayReadOnly(): void;
  setTicks(change: (ticks: Ticks) => Ticks): void;
  setFilter(filter: ListFilter): void;
  /** Show a message; null closes the preview. */
  open(id: EmailId | null): void;
  /** Show what a row stands for: its message, a thread at what is still to be read. */
  openRow(row: EmailId): void;
  openRole(role: Role): void;
  openFolders(): void;
  /** On messages. */
  readonly deeds: Deeds;
  /** On rows of the list: on all they stand for. */
  readonly rowDeeds: Deeds;
  readonly favourites: FavouriteDeeds;
  /** Begins letters. */
  readonly writing: Writing;
  setProblem(error: unknown): void;
  setDialog(dialog: OpenDialog | null): void;
}

/** One open mailbox. */
export interface MailView extends ListView {
  readonly isMerged: false;
  readonly list: MessageList | null;
  readonly mailbox: AssignedMailbox;
  readonly account: AccountStore;
  readonly folder: Folder | null;
  openFolder(id: MailboxId): void;
  readonly folderDeeds: FolderDeeds;
  readonly problem: unknown;
  readonly dialog: OpenDialog | null;
  /** How this mailbox is told from others on screen; null where there are none. */
  readonly mark: MailboxMark | null;
}

/** In the open folder alone, in its mailbox, in all mailboxes. Among all mailboxes, "here" is the open folder of each. */
export type SearchScope = "here" | "mailbox" | "everywhere";

/** What the search field knows: where searches are remembered, folders, people. */
export interface Searchable {
  readonly memory: string;
  readonly folders: Folders;
  readonly people: () => readonly EmailAddress[];
  readonly categories: () => readonly string[];
}

/** A search as it stands in the address. */
export interface ActiveSearch extends ParsedSearch {
  readonly text: string;
  readonly scope: SearchScope;
}

/** What keys need of the rows on screen. */
export interface ListSight {
  /** The topmost row that is wholly on screen. */
  first(): number;
  /** Bring a row on screen, moving as little as possible. */
  show(index: number): void;
  /** Scroll by this many screens; infinite: to the end. */
  turn(pages: number): void;
}

/** A name that is asked for. */
export interface FolderNaming {
  /** The folder it lies in; null: at the top. */
  readonly parentId: MailboxId | null;
  /** The folder to be renamed; null: a new one. */
  readonly folder: Folder | null;
  /** Messages that are moved into the new one, what it is to be called as far as that is known, and the folders it may lie in. */
  readonly taking?: { readonly ids: readonly EmailId[]; readonly name: string; readonly places: readonly { readonly value: string; readonly label: string }[] };
}

export type OpenDialog =
  | { readonly kind: "move"; readonly ids: readonly EmailId[] }
  | { readonly kind: "categories"; readonly ids: readonly EmailId[] }
  | { readonly kind: "destroy"; readonly ids: readonly EmailId[] }
  | { readonly kind: "keys" }
  | { readonly kind: "columns" }
  | { readonly kind: "original" | "print"; readonly id: EmailId }
  | { readonly kind: "sync" }
  | { readonly kind: "folders" }
  | ({ readonly kind: "folder-name" } & FolderNaming)
  | { readonly kind: "folder-move" | "folder-destroy" | "folder-empty"; readonly folder: Folder };

/** What people do to messages, with undo and with the eye led to the next message. */
export interface Deeds {
  /** What is ticked, else what is being read. */
  targets(): readonly EmailId[];
  setSeen(ids: readonly EmailId[], on: boolean): void;
  setFlagged(ids: readonly EmailId[], on: boolean): void;
  toggleFlagged(ids: readonly EmailId[]): void;
  toggleSeen(ids: readonly EmailId[]): void;
  /** Into a folder; one that was made for it goes again, if it is empty, when the move is taken back. */
  move(ids: readonly EmailId[], to: MailboxId, isFolderNew?: boolean): void;
  moveToRole(ids: readonly EmailId[], role: "archive" | "junk" | "inbox"): void;
  /** To the trash; in the trash, for good after a question. */
  remove(ids: readonly EmailId[]): void;
  destroy(ids: readonly EmailId[]): void;
  /** Back into the folder they lay in, those that still lie where they went. */
  bringBack(ids: readonly EmailId[], from: MailboxId, to: MailboxId): void;
  setCategory(ids: readonly EmailId[], name: string, on: boolean): void;
  /** Ask which. */
  chooseCategories(ids: readonly EmailId[]): void;
  /** Ask where to. */
  chooseFolder(ids: readonly EmailId[]): void;
}

export const MailContext = createContext<MailView | null>(null);

export function useMail(): MailView {
  const view = useContext(MailContext);
  if (!view) throw new Error("Only inside an open mailbox");
  return view;
}

export function isOfOne(view: ListView): view is MailView {
  return !view.isMerged;
}

/** The list on screen, of one mailbox or of several. */
export const ListContext = createContext<ListView | null>(null);

export function useListView(): ListView {
  const view = useContext(ListContext);
  if (!view) throw new Error("Only beside a list");
  return view;
}

/** Whether a row or message is one not sent yet. */
export function isDraftRow(view: Pick<ListView, "ownerOf">, id: string): boolean {
  const owner = view.ownerOf(id);
  return owner !== null && isDraft(owner.account, owner.account.emails.get(owner.id));
}

/** The folder a message lies in, as far as this page knows: what is found by a search lies anywhere. */
export function homeOf({ account, folder, search }: Pick<MailView, "account" | "folder" | "search">, email: Email | undefined): Folder | null {
  if (!search || search.scope === "here" || !email) return folder;
  const [id] = Object.keys(email.mailboxIds);
  return (id ? account.mailboxes.get(id) : undefined) ?? null;
}
