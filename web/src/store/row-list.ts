/** Rows on screen: what a list is of, and what it can be asked, be it of one account (`list.ts`) or of several (`merged.ts`). */
import type { EmailFilter, EmailId, MailboxId, ThreadId } from "@/jmap";
import type { ListSort } from "./order";
import type { Signal } from "./signal";
import type { Range, Slot } from "./window";

export type ListFilter = "all" | "unread" | "flagged";

/** By what rows are ticked; "attachment": one of the row's messages has some. */
export type RowState = "read" | "unread" | "flagged" | "attachment";

export interface ListSpec {
  /** Null: all folders, which only a search shows. */
  readonly mailboxId: MailboxId | null;
  readonly filter: ListFilter;
  readonly search?: EmailFilter | null;
  /** A row for each thread: that of its first message in the list. */
  readonly isThreaded?: boolean;
  /** Beside other mailboxes: of a VIP mailbox not all is shown then, which the server knows. */
  readonly isAcross?: boolean;
  /** Of a list of several mailboxes. */
  readonly isPart?: boolean;
  /** Newest first where nothing else is said. */
  readonly sort?: ListSort;
}

/** `failed` keeps the rows that are known; the error says why no more came. */
export type ListStatus =
  | { readonly kind: "loading" }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: unknown };

/** Rows on screen: those of one account, or of several, whose ids are wide (`merged.ts`). */
export interface RowList {
  readonly status: Signal<ListStatus>;
  readonly spec: ListSpec;
  /** Ids by row; null where not loaded yet. The same array until something changed. */
  rows(): readonly Slot[];
  /** Whether there are as many as `rows` is long: a search shows the first ones before it is known how many there are. */
  readonly isCounted: boolean;
  subscribe(listener: () => void): () => void;
  /** Tell which rows are on screen: they and a page on each side get loaded. */
  look(range: Range): void;
  /** Ask again for what is on screen; resolves when done. Errors are told through `status`. */
  refresh(): Promise<void>;
  /** Where the row is that stands for a message; -1 where none does, as far as is known. */
  indexOf(id: string): number;
  /** The row that stands for a message; the message itself where none does. */
  rowOf(id: EmailId): EmailId;
  threadOf(id: string): ThreadId | undefined;
  /** The messages a row stands for, oldest first; null while that is not known. */
  messagesOf(row: EmailId): readonly EmailId[] | null;
  /** The messages of many rows, asked for where they are not known. */
  messagesOfAll(rows: readonly EmailId[]): Promise<readonly EmailId[]>;
  /** Whether these are all rows of a folder, of which nothing is filtered out: then none need be looked up. */
  isWholeFolder(rows: readonly EmailId[]): boolean;
  /** The ids of rows `from` to `to` (exclusive; `Infinity`: all), fetched where unknown. */
  idsBetween(from: number, to: number): Promise<readonly EmailId[]>;
  /** The rows of one state, loaded or not. */
  idsWhere(state: RowState): Promise<readonly EmailId[]>;
  /** The row of an email that may not be loaded yet; null when this list does not hold it. */
  positionOf(id: EmailId): Promise<number | null>;
  /** Ask where the words of a search were found in these rows. */
  needSnippets(rows: readonly Slot[]): void;
  /** The list was left: a later look shows the filter's truth. */
  leave(): void;
}
