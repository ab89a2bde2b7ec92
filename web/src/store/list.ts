/**
 * One message list on screen: a window over a query of the server.
 *
 *     idle ──look / refresh──> asking ──answer──> (still something missing? ask) ──> idle
 *
 * One request is under way at a time; a fast scroll only asks for where it ended. How long a search's list is
 * is asked for beside them: among a million messages the server counts for seconds, and has the first rows at once.
 * Source: RFC 8621 §4.4, RFC 8620 §5.5.
 */
import { MethodFailed } from "@/jmap";
import type { Email, EmailFilter, EmailId, EmailQueryArguments, JmapClient, MailboxId, QueryResult, AccountId, ThreadId } from "@/jmap";
import { foldersOf, hasKeyword } from "./held";
import type { EmailShelf } from "./shelf";
import type { ListSort } from "./order";
import { NEWEST_FIRST, compared, sortArguments } from "./order";
import type { ListSpec, ListStatus, RowList, RowState } from "./row-list";
import { Length } from "./length";
import { Listeners, Value } from "./signal";
import { Snippets } from "./snippets";
import { ListWindow, PAGE } from "./window";
import type { Range, Slot, StandIns } from "./window";

const STATES: Readonly<Record<Exclude<RowState, "read">, EmailFilter>> = {
  unread: { notKeyword: "$seen" }, flagged: { hasKeyword: "$flagged" }, attachment: { hasAttachment: true },
};

/** Settles some of what was hidden, without `some` all that is left: what is gone stays away, the others return. */
export type Unhide = (gone: readonly EmailId[], some?: readonly EmailId[]) => void;

const IDS_AT_ONCE = 5_000; // what the server gives at most
const MOST_KEPT = 200;
/** Threads looked up at once. */
const IN_PORTION = 250;
const REMEMBERED_AROUND = 500;
/** Rows on screen that are tried to hold on to. */
const MOST_ANCHORS = 3;

export class MessageList implements RowList {
  readonly status = new Value<ListStatus>({ kind: "loading" });
  readonly spec: ListSpec;
  /** Where the words of a search were found; null for a folder's list. */
  readonly snippets: Snippets | null;
  readonly #accountId: AccountId;
  readonly #client: JmapClient;
  readonly #shelf: EmailShelf;
  readonly #window: ListWindow;
  readonly #sort: ListSort;
  readonly #listeners = new Listeners();
  #seen: Range = { from: 0, to: PAGE };
  #isStale = true;
  /** Asked to refresh while a request is under way, which may fail. */
  #isAskedAgain = false;
  #pumping: Promise<void> | null = null;
  readonly #length: Length;
  /** In a list of several mailboxes the length of each tells where its rows stand. */
  readonly #countsApart: boolean;

  constructor(accountId: AccountId, client: JmapClient, shelf: EmailShelf, spec: ListSpec) {
    this.#accountId = accountId;
    this.#client = client;
    this.#shelf = shelf;
    this.spec = spec;
    this.#sort = spec.sort ?? NEWEST_FIRST;
    this.#countsApart = Boolean(spec.search) && !spec.isPart;
    this.snippets = spec.search ? new Snippets(accountId, client, spec.search) : null;
    const keyOf = spec.isThreaded ? (id: string): string => shelf.threads.of(id) ?? id : undefined;
    this.#window = new ListWindow((a, b) => this.#isBefore(a, b), keyOf);
    this.#length = new Length(() => this.#query({ position: 0, limit: 0, calculateTotal: true }), (total) => {
      this.#window.place(0, [], total);
      this.#listeners.tell();
    });
  }

  /** Ids by row; null where not loaded yet. The same array until something changed. */
  rows = (): readonly Slot[] => this.#window.shown;

  subscribe = (listener: () => void): (() => void) => this.#listeners.add(listener);

  /** Undefined where one of them is not loaded. */
  #isBefore(a: string, b: string): boolean | undefined {
    const [first, second] = [this.#shelf.emails.get(a), this.#shelf.emails.get(b)];
    return first && second ? compared(first, second, this.#sort) < 0 : undefined;
  }

  /** Of messages of one thread, oldest first, the one whose row stands for them. */
  #first(fitting: readonly Email[]): Email | undefined {
    return fitting.reduceRight<Email | undefined>((best, each) => (best && compared(each, best, this.#sort) >= 0 ? best : each), undefined);
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** Tell which rows are on screen: they and a page on each side get loaded. */
  look(range: Range): void {
    this.#seen = range;
    if (this.#isStale || this.#window.missing(this.#wanted())) void this.#pump();
  }

  /** Look, and wait until all that can be had is there. */
  async load(range: Range): Promise<void> {
    this.look(range);
    await this.#pumping;
  }

  /** Ask again for what is on screen; resolves when done. Errors are told through `status`. */
  refresh(): Promise<void> {
    this.#isStale = true;
    this.#isAskedAgain = true;
    return this.#pump();
  }

  /** Something changed while nobody looked: ask again at the next look. */
  doubt(): void {
    this.#isStale = true;
  }

  /** Where the row is that stands for a message; -1 where none does, as far as is known. */
  indexOf(id: string): number {
    const at = this.#window.shown.indexOf(id);
    const thread = at < 0 && this.spec.isThreaded ? this.#shelf.threads.of(id) : undefined;
    return thread === undefined ? at : this.#window.shown.findIndex((row) => row !== null && this.#shelf.threads.of(row) === thread);
  }

  threadOf(id: string): ThreadId | undefined {
    return this.#shelf.threads.of(id);
  }

  /** The row that stands for a message; the message itself where none does. */
  rowOf(id: EmailId): EmailId {
    return (this.#window.shown[this.indexOf(id)] ?? id) as EmailId;
  }

  /**
   * The messages a row stands for: its own, or those of its thread that lie in the folder; where all
   * folders are searched, in that of the row's message. Oldest first. Null while that is not known.
   */
  messagesOf(row: EmailId): readonly EmailId[] | null {
    if (!this.spec.isThreaded) return [row];
    const { threads, emails } = this.#shelf;
    const thread = threads.of(row);
    const email = emails.get(row);
    if (!email || !threads.isWhole(thread)) return null;
    const folders = this.spec.mailboxId === null ? foldersOf(email) : [this.spec.mailboxId];
    const here = threads.members(thread).filter(({ mailboxIds }) => folders.some((folder) => mailboxIds[folder])).map(({ id }) => id);
    return here.length > 0 ? here : [row];
  }

  /** The messages of many rows, asked for where they are not known. */
  async messagesOfAll(rows: readonly EmailId[]): Promise<readonly EmailId[]> {
    if (!this.spec.isThreaded) return rows;
    if (this.isWholeFolder(rows)) return this.#allIds({ collapseThreads: false });
    const found = new Set<EmailId>();
    for (let at = 0; at < rows.length; at += IN_PORTION) {
      const portion = rows.slice(at, at + IN_PORTION);
      if (portion.some((row) => this.messagesOf(row) === null)) await this.#shelf.threads.need(portion);
      for (const row of portion) for (const id of this.messagesOf(row) ?? [row]) found.add(id);
    }
    this.#shelf.trimWhenFull();
    return [...found];
  }

  /** Whether these are all rows of a folder, of which nothing is filtered out: then none need be looked up. */
  isWholeFolder(rows: readonly EmailId[]): boolean {
    return this.spec.filter === "all" && !this.spec.search && !this.spec.isAcross && rows.length > IN_PORTION && rows.length >= this.#window.shown.length;
  }

  /** Take messages out of sight at once, loaded or not; the answer is told which of them are really gone. */
  hide(ids: ReadonlySet<EmailId>): Unhide {
    const { rows, standIns } = this.#leaving(ids);
    if (rows.size === 0) return () => undefined;
    const unhide = this.#window.hide(rows, standIns);
    this.#listeners.tell();
    return (gone, some) => { unhide(gone, some); this.#listeners.tell(); };
  }

  /** The rows that go with these messages, and what takes the place of one whose thread has more to show. */
  #leaving(gone: ReadonlySet<string>): { readonly rows: ReadonlySet<string>; readonly standIns: StandIns } {
    const standIns = new Map<string, string>();
    if (!this.spec.isThreaded) return { rows: gone, standIns };
    const { threads } = this.#shelf;
    const rowOf = new Map<ThreadId, string>();
    for (const row of this.#window.shown) {
      const thread = row === null ? undefined : threads.of(row);
      if (row !== null && thread !== undefined) rowOf.set(thread, row);
    }
    const rows = new Set<string>();
    const known = new Map<ThreadId, string[]>();
    for (const id of gone) {
      const thread = threads.of(id);
      if (thread === undefined) rows.add(id); // its row, if it has one, is not loaded
      else if (!known.get(thread)?.push(id)) known.set(thread, [id]);
    }
    for (const [thread, some] of known) {
      const row = rowOf.get(thread);
      const next = this.#first(threads.members(thread).filter((email) => !gone.has(email.id) && this.#fits(email)));
      const leaving = row ?? (next ? undefined : some[0]);
      if (leaving === undefined || !gone.has(leaving)) continue;
      rows.add(leaving);
      if (row !== undefined && next) standIns.set(row, next.id);
    }
    return { rows, standIns };
  }

  /** Whether a message belongs here, as far as can be told without asking. */
  #fits(email: Email): boolean {
    const { mailboxId, filter, search, isAcross } = this.spec;
    if (search || isAcross || (mailboxId !== null && !email.mailboxIds[mailboxId])) return false;
    return filter === "all" || (filter === "unread" ? !hasKeyword(email, "$seen") : hasKeyword(email, "$flagged"));
  }

  /** Show messages that come into this folder; of a thread that has a row already, none. */
  reveal(messages: readonly EmailId[]): () => void {
    const ids = this.spec.isThreaded ? this.#firstOfThreads(messages) : messages;
    if (ids.length === 0) return () => undefined;
    const release = this.#window.reveal(ids);
    this.#listeners.tell();
    return () => { release(); this.#listeners.tell(); };
  }

  /** What is being worked on stays in an unread or flagged list, or a search, until the list is left; hundreds at once do not. */
  keep(ids: ReadonlySet<EmailId>): void {
    if ((this.spec.filter === "all" && !this.spec.search) || ids.size > MOST_KEPT) return;
    const rows = this.spec.isThreaded ? [...ids].flatMap((id) => this.#window.shown[this.indexOf(id)] ?? []) : [...ids];
    this.#window.keep(rows);
  }

  #firstOfThreads(messages: readonly EmailId[]): readonly EmailId[] {
    const { threads } = this.#shelf;
    const firsts = [...Map.groupBy(messages, (id) => threads.of(id) ?? id).values()].map((some) =>
      some.reduce((a, b) => (this.#isBefore(b, a) ? b : a)));
    return firsts.filter((id) => this.indexOf(id) < 0);
  }

  /** Whether a message that has just come into this folder belongs here, as far as can be told without asking. */
  takesAll(mailboxId: MailboxId): boolean {
    return this.spec.mailboxId === mailboxId && this.spec.filter === "all" && !this.spec.search && !this.spec.isAcross;
  }

  /** Whether a message that goes into this folder (null: nowhere) leaves the list. */
  losesTo(mailboxId: MailboxId | null): boolean {
    return this.spec.mailboxId === null ? mailboxId === null : this.spec.mailboxId !== mailboxId;
  }

  /** The list was left: a later look shows the filter's truth. */
  leave(): void {
    this.#window.keepOnly(() => false);
    this.#isStale = true;
  }

  /** These messages are gone. */
  forget(ids: Iterable<string>): void {
    const { rows, standIns } = this.#leaving(new Set(ids));
    this.#window.forget(rows, standIns);
    this.#listeners.tell();
  }

  /** Forget what is far from the rows on screen; answers the ids that stay known. */
  trim(): readonly Slot[] {
    this.#window.trim({ from: this.#seen.from - REMEMBERED_AROUND, to: this.#seen.to + REMEMBERED_AROUND });
    return this.#window.shown;
  }

  /**
   * The ids of rows `from` to `to` (exclusive), fetched where unknown. Each page begins behind the
   * last id of the one before: mail that arrives meanwhile shifts nothing.
   */
  async idsBetween(from: number, to: number): Promise<readonly EmailId[]> {
    const known = this.#window.shown.slice(from, to);
    if (!known.includes(null)) return known as EmailId[];
    const isWhole = from === 0 && (to === Infinity || (this.isCounted && to >= this.#window.shown.length));
    return isWhole && !this.spec.isThreaded ? this.#allIds({ sort: sortArguments(NEWEST_FIRST) }) : this.#allIds({}, from, to); // by arrival it costs least
  }

  get isCounted(): boolean {
    return !this.#countsApart || this.#length.isKnown;
  }

  /**
   * The rows of one state, loaded or not. A thread is unread or flagged here as its row says it: by what lies in
   * this list. Which row stands for a thread that is not loaded is found out by its messages.
   */
  async idsWhere(state: RowState): Promise<readonly EmailId[]> {
    if (state === "read") {
      const [all, unread] = await Promise.all([this.idsBetween(0, Infinity), this.idsWhere("unread")]);
      const without = new Set(unread);
      return all.filter((id) => !without.has(id));
    }
    const filter: EmailFilter = { operator: "AND", conditions: [emailFilter(this.spec), STATES[state]] };
    const ids = await this.#allIds({ filter, sort: sortArguments(NEWEST_FIRST) });
    return this.spec.isThreaded ? this.#rowsOf(ids) : ids;
  }

  /** The rows of threads of which these are some messages. */
  async #rowsOf(ids: readonly EmailId[]): Promise<readonly EmailId[]> {
    const rows = new Set<EmailId>();
    for (let at = 0; at < ids.length; at += IN_PORTION) {
      const portion = ids.slice(at, at + IN_PORTION);
      await this.#shelf.threads.need(portion);
      for (const id of portion) rows.add(this.spec.search ? this.rowOf(id) : this.#rowIdOf(id));
    }
    this.#shelf.trimWhenFull();
    return [...rows];
  }

  async #allIds(how: How, from = 0, to = Infinity): Promise<readonly EmailId[]> {
    const ids = new Set<EmailId>();
    let last: EmailId | undefined;
    while (ids.size < to - from) {
      const limit = Math.min(IDS_AT_ONCE, to - from - ids.size);
      const answer = await this.#page(last, from + ids.size, limit, how);
      for (const id of answer.ids) ids.add(id);
      if (answer.ids.length < limit) break;
      last = answer.ids.at(-1);
    }
    return [...ids];
  }

  /** The rows behind `last`; at `position` where that is not known or has left meanwhile. */
  async #page(
    last: EmailId | undefined, position: number, limit: number, how: How,
  ): Promise<QueryResult<EmailId>> {
    if (!last) return this.#query({ ...how, position, limit });
    try {
      return await this.#query({ ...how, anchor: last, anchorOffset: 1, limit });
    } catch (error) {
      if (isAnchorGone(error)) return this.#query({ ...how, position, limit });
      throw error;
    }
  }

  /** The row of an email that may not be loaded yet; null when this list does not hold it. */
  async positionOf(id: EmailId): Promise<number | null> {
    const known = this.indexOf(id);
    if (known >= 0) return known;
    const anchor = this.#rowIdOf(id);
    try {
      const answer = await this.#query({ anchor, limit: 1 });
      return answer.ids[0] === anchor ? answer.position : null;
    } catch (error) {
      if (isAnchorGone(error)) return null;
      throw error;
    }
  }

  /** How many rows are as new as an instant, or newer: where the first older one stands. */
  async countSince(instant: string): Promise<number> {
    const since: EmailFilter = { after: instant };
    const filter = { operator: "AND", conditions: [since, emailFilter(this.spec)] } as const;
    const { total } = await this.#client.call("Email/query", { ...this.#arguments({ position: 0, limit: 1, calculateTotal: true }), filter }).result;
    return total ?? 0;
  }

  /** When the row at a position was received; null where there is none. */
  async instantAt(position: number): Promise<string | null> {
    if (position < 0) return null;
    const known = this.#window.shown[position] as EmailId | null | undefined;
    const [id] = known ? [known] : (await this.#queryWithEmails(position, 1)).ids;
    return (id && this.#shelf.emails.get(id)?.receivedAt) ?? null;
  }

  needSnippets(rows: readonly Slot[]): void {
    this.snippets?.need(rows);
  }

  /** The message by which the server shows this one's thread. */
  #rowIdOf(id: EmailId): EmailId {
    if (!this.spec.isThreaded) return id;
    const { threads } = this.#shelf;
    return this.#first(threads.members(threads.of(id)).filter((email) => this.#fits(email)))?.id ?? id;
  }

  #wanted(): Range {
    return { from: Math.max(0, this.#seen.from - PAGE), to: this.#seen.to + PAGE };
  }

  #pump(): Promise<void> {
    this.#pumping ??= this.#run().finally(() => { this.#pumping = null; });
    return this.#pumping;
  }

  async #run(): Promise<void> {
    do {
      this.#isAskedAgain = false;
      try {
        await this.#askUntilComplete();
        this.status.set({ kind: "ready" });
      } catch (error) {
        this.#isStale = true;
        this.status.set({ kind: "failed", error });
      }
    } while (this.#isAskedAgain && this.#isStale);
    this.#listeners.tell();
  }

  async #askUntilComplete(): Promise<void> {
    let last = "";
    for (;;) {
      if (this.#isStale) { await this.#refetch(); continue; }
      const gap = this.#window.missing(this.#wanted());
      const key = JSON.stringify(gap);
      if (!gap || key === last) return; // the same gap twice: the server has no more to tell
      last = key;
      await this.#fill(gap);
    }
  }

  /** The list changed: hold on to the first row on screen and see where it stands now. */
  async #refetch(): Promise<void> {
    this.#isStale = false;
    const isFirst = this.status.get().kind === "loading";
    const { from, to } = isFirst ? { from: 0, to: 2 * PAGE } : this.#wanted();
    const limit = to - from;
    const answer = isFirst ? await this.#queryWithEmails(from, limit) : await this.#queryAround();
    await this.#needRows(answer.ids);
    this.#window.keepOnly((id) => this.#mayStay(id));
    this.#window.replace(answer.position, answer.ids, this.#length.by(answer, limit, this.#window.shown.length));
    this.status.set({ kind: "ready" });
    this.#listeners.tell();
    if (this.#countsApart && answer.ids.length === limit) void this.#length.count();
  }

  #mayStay(id: string): boolean {
    const { mailboxId } = this.spec;
    return mailboxId === null ? this.#shelf.emails.get(id) !== undefined : this.#shelf.isIn(id, mailboxId);
  }

  async #fill(gap: Range): Promise<void> {
    const limit = gap.to - gap.from;
    const answer = this.#isGuessed(gap) ? await this.#query({ position: gap.from, limit }) : await this.#queryWithEmails(gap.from, limit);
    await this.#needRows(answer.ids);
    this.#window.place(answer.position, answer.ids, this.#length.by(answer, limit, this.#window.shown.length));
    this.#listeners.tell();
    this.#shelf.trimWhenFull();
  }

  async #queryAround(): Promise<QueryResult<EmailId>> {
    const { from, to } = this.#wanted();
    const byPosition = { position: from, limit: to - from };
    if (from === 0) return this.#query(byPosition);
    // The first row may have slid up with new mail of its thread: then the next one holds.
    const anchors = this.#window.shown.slice(this.#seen.from, this.#seen.from + MOST_ANCHORS);
    for (const [at, anchor] of anchors.entries()) {
      if (anchor === null) continue;
      try {
        return await this.#query({ anchor: anchor as EmailId, anchorOffset: from - this.#seen.from - at, limit: to - from });
      } catch (error) {
        if (!isAnchorGone(error)) throw error;
      }
    }
    return this.#query(byPosition);
  }

  /** Whether most rows of a part are known already, so that what is missing is asked for by itself. */
  #isGuessed({ from, to }: Range): boolean {
    return this.#window.shown.slice(from, to).filter((id) => id !== null).length > (to - from) / 2;
  }

  async #needRows(ids: readonly EmailId[]): Promise<void> {
    await (this.spec.isThreaded ? this.#shelf.threads.need(ids) : this.#shelf.need(ids));
  }

  async #queryWithEmails(position: number, limit: number): Promise<QueryResult<EmailId>> {
    const query = this.#client.call("Email/query", this.#arguments({ position, limit }));
    const found = { "#ids": query.ref("/ids") };
    const loaded = this.spec.isThreaded ? this.#shelf.threads.fetch(found) : this.#shelf.fetch(found);
    const [answer] = await Promise.all([query.result, loaded]);
    return answer;
  }

  #query(where: Where): Promise<QueryResult<EmailId>> {
    return this.#client.call("Email/query", this.#arguments(where)).result;
  }

  #arguments(where: Where): EmailQueryArguments {
    return {
      accountId: this.#accountId, filter: emailFilter(this.spec), sort: sortArguments(this.#sort),
      calculateTotal: !this.#countsApart, ...(this.spec.isThreaded ? { collapseThreads: true } : {}), ...where,
    };
  }
}

type How = Partial<Pick<EmailQueryArguments, "collapseThreads" | "sort" | "filter">>;
type Where = Pick<EmailQueryArguments, "position" | "anchor" | "anchorOffset" | "limit" | "calculateTotal"> & How;

function isAnchorGone(error: unknown): boolean {
  return error instanceof MethodFailed && error.type === "anchorNotFound";
}

function emailFilter({ mailboxId, filter, search, isAcross }: ListSpec): EmailFilter {
  const plain: EmailFilter = {
    ...(isAcross ? { "poststelle:isAcross": true } : {}),
    ...(mailboxId === null ? {} : { inMailbox: mailboxId }),
    ...(filter === "unread" ? { notKeyword: "$seen" } : filter === "flagged" ? { hasKeyword: "$flagged" } : {}),
  };
  if (!search) return plain;
  return Object.keys(plain).length === 0 ? search : { operator: "AND", conditions: [plain, search] };
}
