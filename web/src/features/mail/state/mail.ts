/** What every part of an open mailbox needs; provided once by MailboxView. */
import type { RefObject } from "react";
import { createContext, useContext } from "react";
import type { Email, EmailId, Mailbox, MailboxId, Session } from "@/jmap";
import type { AccountStore, AssignedMailbox, ListFilter, MailStore, MessageList } from "@/store";
import type { Writing } from "../compose/useWriting";
import type { ParsedSearch } from "../search/parse";
import type { Screen } from "./hooks";
import type { ListPlace } from "./place";
import type { ReadingSight } from "./reading";
import type { Ticks } from "./ticks";
import type { FavouriteDeeds } from "./useFavourites";
import type { FolderDeeds } from "./useFolderDeeds";

export interface MailView {
  readonly store: MailStore;
  readonly session: Session;
  readonly mailbox: AssignedMailbox;
  readonly account: AccountStore;
  readonly folder: Mailbox | null;
  readonly list: MessageList | null;
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
  /** Look for something else; null goes back to the folder. */
  setSearch(text: string | null, how?: { readonly isHere?: boolean }): void;
  /** Bring the search field on screen and write into it. */
  focusSearch(): void;
  focusList(): void;
  /** May organise: mark, flag, move, delete. */
  readonly mayWrite: boolean;
  readonly ticks: Ticks;
  /** Say, quietly, that this person can only read here. */
  sayReadOnly(): void;
  setTicks(change: (ticks: Ticks) => Ticks): void;
  setFilter(filter: ListFilter): void;
  /** Show a message; null closes the preview. */
  open(id: EmailId | null): void;
  /** Show what a row stands for: its message, a thread at what is still to be read. */
  openRow(row: EmailId): void;
  openFolder(id: MailboxId): void;
  openFolders(): void;
  /** On messages. */
  readonly deeds: Deeds;
  /** On rows of the list: on all they stand for. */
  readonly rowDeeds: Deeds;
  readonly folderDeeds: FolderDeeds;
  readonly favourites: FavouriteDeeds;
  /** Begins letters. */
  readonly writing: Writing;
  readonly problem: unknown;
  setProblem(error: unknown): void;
  readonly dialog: OpenDialog | null;
  setDialog(dialog: OpenDialog | null): void;
}

/** A search as it stands in the address. */
export interface ActiveSearch extends ParsedSearch {
  readonly text: string;
  /** In the open folder alone, not in all of them. */
  readonly isHere: boolean;
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

export type OpenDialog =
  | { readonly kind: "move"; readonly ids: readonly EmailId[] }
  | { readonly kind: "destroy"; readonly ids: readonly EmailId[] }
  | { readonly kind: "keys" }
  | { readonly kind: "columns" }
  | { readonly kind: "original"; readonly id: EmailId }
  | { readonly kind: "sync" }
  | { readonly kind: "folders" }
  | { readonly kind: "folder-name"; readonly parentId: MailboxId | null; readonly folder: Mailbox | null }
  | { readonly kind: "folder-move" | "folder-destroy" | "folder-empty"; readonly folder: Mailbox };

/** What people do to messages, with undo and with the eye led to the next message. */
export interface Deeds {
  /** What is ticked, else what is being read. */
  targets(): readonly EmailId[];
  setSeen(ids: readonly EmailId[], on: boolean): void;
  setFlagged(ids: readonly EmailId[], on: boolean): void;
  toggleFlagged(ids: readonly EmailId[]): void;
  toggleSeen(ids: readonly EmailId[]): void;
  move(ids: readonly EmailId[], to: MailboxId): void;
  moveToRole(ids: readonly EmailId[], role: "archive" | "junk" | "inbox"): void;
  /** To the trash; in the trash, for good after a question. */
  remove(ids: readonly EmailId[]): void;
  destroy(ids: readonly EmailId[]): void;
  /** Ask where to. */
  chooseFolder(ids: readonly EmailId[]): void;
}

export const MailContext = createContext<MailView | null>(null);

export function useMail(): MailView {
  const view = useContext(MailContext);
  if (!view) throw new Error("Only inside an open mailbox");
  return view;
}

/** The folder a message lies in, as far as this page knows: what is found by a search lies anywhere. */
export function homeOf({ account, folder, search }: Pick<MailView, "account" | "folder" | "search">, email: Email | undefined): Mailbox | null {
  if (!search || search.isHere || !email) return folder;
  const [id] = Object.keys(email.mailboxIds);
  return (id ? account.mailboxes.get(id) : undefined) ?? null;
}
