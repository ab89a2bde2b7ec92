/**
 * One account's mail in this browser, kept true by `/changes`.
 *
 *     StateChange ──> refresh: Email/changes, Mailbox/changes, SyncState/get and the
 *                     lists on screen, in one request ──> records and rows change
 *
 * Refreshes never overlap; changes told meanwhile lead to one more at the end.
 * Source: RFC 8620 §5.2, RFC 8621 §2.2, §4.3.
 */
import { Busy, MethodFailed } from "@/jmap";
import type { AccountId, ChangesResult, EmailId, Folder, JmapClient, Mailbox, State, SyncState } from "@/jmap";
import { AnswerBoard } from "./answers";
import type { Notice } from "./assigned";
import { Attempts } from "./attempts";
import { MessageList } from "./list";
import type { ListSpec } from "./row-list";
import { NEWEST_FIRST } from "./order";
import { PresenceBoard } from "./presence";
import { ReadMarks } from "./read-marks";
import { Records } from "./records";
import { EmailShelf } from "./shelf";
import { Uncounted } from "./uncounted";
import { Value } from "./signal";
import { WaitingBoard } from "./waiting";
import type { Slot } from "./window";

const LISTS_REMEMBERED = 6;
const MOST_CHANGES = 500;

export type AccountStatus =
  | { readonly kind: "loading" }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly error: unknown };

export type Wait = (ms: number) => Promise<void>;

/** What the server has told of messages: which were changed, which are there no more. Null: nobody knows which. */
export type EmailNews = Pick<ChangesResult<EmailId>, "updated" | "destroyed">;

interface UnderWay {
  readonly ids: ReadonlySet<EmailId>;
  readonly done: Promise<void>;
}

export class AccountStore {
  readonly id: AccountId;
  readonly client: JmapClient;
  readonly shelf: EmailShelf;
  readonly mailboxes = new Records<Mailbox>();
  readonly sync = new Value<SyncState | null>(null);
  readonly status = new Value<AccountStatus>({ kind: "loading" });
  /** The last thing that went wrong with what a person did here; null when it was understood. */
  readonly problem = new Value<unknown>(null);
  /** Changes that Microsoft refused and that were taken back, newest first; null while they have never been read. */
  readonly notices = new Value<readonly Notice[] | null>(null);
  readonly readMarks = new ReadMarks(this);
  readonly attempts = new Attempts();
  readonly presence: PresenceBoard;
  readonly answers: AnswerBoard;
  readonly waiting: WaitingBoard;
  readonly #folders = new Uncounted();
  readonly #lists = new Map<string, MessageList>();
  readonly #underWay = new Set<UnderWay>();
  readonly #watchers = new Set<(news: EmailNews | null) => void>();
  /** Resolves after so many milliseconds. */
  readonly wait: Wait;
  #emailState: State | null = null;
  #mailboxState: State | null = null;
  #refreshing: Promise<void> | null = null;
  #isStale = false;

  constructor(id: AccountId, client: JmapClient, wait: Wait) {
    this.id = id;
    this.client = client;
    this.wait = wait;
    this.presence = new PresenceBoard(id, client, wait);
    this.answers = new AnswerBoard(id, client, wait);
    this.waiting = new WaitingBoard(id, client, wait);
    this.shelf = new EmailShelf({
      accountId: id, client,
      inUse: () => this.#listed(),
      onState: (state) => { this.#emailState ??= state; },
    });
  }

  get emails(): EmailShelf["emails"] {
    return this.shelf.emails;
  }

  /** The folders without their counts: the same array until one of them is another one than before. */
  readonly folders = (): readonly Folder[] => this.#folders.of(this.mailboxes.all());

  /** The list of one folder and filter; the same object while it is among the latest few. */
  list(spec: ListSpec): MessageList {
    const { by, isAscending } = spec.sort ?? NEWEST_FIRST;
    const key = `${spec.mailboxId ?? ""} ${spec.filter} ${spec.isThreaded ? "threads" : ""} ${by} ${String(isAscending)} ${spec.search ? `${spec.isPart ? "part " : ""}${JSON.stringify(spec.search)}` : ""}${spec.isAcross ? " across" : ""}`;
    const list = this.#lists.get(key) ?? new MessageList(this.id, this.client, this.shelf, spec);
    this.#lists.delete(key);
    this.#lists.set(key, list);
    for (const [other, old] of this.#lists) {
      if (this.#lists.size <= LISTS_REMEMBERED) break;
      if (!old.isWatched && other !== key) this.#lists.delete(other);
    }
    return list;
  }

  lists(): Iterable<MessageList> {
    return this.#lists.values();
  }

  /** Run a change once every earlier one on any of these messages has ended: the last word is the last thing said. */
  inTurn(ids: ReadonlySet<EmailId>, run: () => Promise<void>): Promise<void> {
    const earlier = [...this.#underWay].filter((each) => overlaps(each.ids, ids));
    const done = earlier.length === 0 ? run() : Promise.allSettled(earlier.map((each) => each.done)).then(run);
    const entry = { ids, done };
    this.#underWay.add(entry);
    const end = (): void => { this.#underWay.delete(entry); };
    done.then(end, end);
    return done;
  }

  /** Be told what becomes of messages, those too that no list holds; the answer ends that. */
  watchEmails(watcher: (news: EmailNews | null) => void): () => void {
    this.#watchers.add(watcher);
    return () => { this.#watchers.delete(watcher); };
  }

  #tell(news: EmailNews | null): void {
    for (const watcher of [...this.#watchers]) watcher(news);
  }

  /** The server told new states. What we know already (our own doing, mostly) asks nothing. */
  changed(states: Readonly<Record<string, State>>): void {
    const isNews = (type: string, known: State | null): boolean => type in states && states[type] !== known;
    const isMail = isNews("Email", this.#emailState) || isNews("Mailbox", this.#mailboxState) || isNews("Thread", this.shelf.threads.state);
    if (isMail || "SyncState" in states) void this.refresh();
    if ("EmailSubmission" in states || (isMail && this.#emailState === null)) this.#tell(null);
    this.presence.changed(states);
    this.answers.changed(states);
    this.waiting.changed(states);
  }

  /** The line to the server is there, at first or again: what happened meanwhile nobody told. */
  reached(): void {
    void this.refresh();
    void this.presence.refresh();
    void this.answers.refresh();
    void this.waiting.refresh();
  }

  /** Catch up with the server. Errors are told through `status`; what is held stays. */
  refresh(): Promise<void> {
    this.#isStale = true;
    this.#refreshing ??= this.#run().finally(() => { this.#refreshing = null; });
    return this.#refreshing;
  }

  async #run(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      try {
        await this.#catchUp();
        this.status.set({ kind: "ready" });
      } catch (error) {
        this.status.set({ kind: "failed", error });
        if (error instanceof Busy) await this.#again(error.afterS);
      }
    }
  }

  /** Many windows that catch up at once may be too many for the server: it says when to come again. */
  async #again(afterS: number): Promise<void> {
    await this.wait(afterS * 1_000);
    this.#isStale = true;
  }

  async #catchUp(): Promise<void> {
    for (const list of this.#lists.values()) if (!list.isWatched) list.doubt();
    const watched = [...this.#lists.values()].filter((list) => list.isWatched);
    await Promise.all([
      this.#catchUpMailboxes(), this.#catchUpEmails(), this.shelf.threads.catchUp(), this.#readSync(), ...watched.map((list) => list.refresh()),
    ]);
  }

  async #readSync(): Promise<void> {
    const { result } = this.client.call("SyncState/get", { accountId: this.id, ids: null });
    const { list } = await result;
    this.sync.set(list.find((each) => each.id === this.id) ?? null);
  }

  async #catchUpMailboxes(): Promise<void> {
    if (this.#mailboxState === null) return this.#readAllMailboxes();
    try {
      await this.#applyMailboxChanges(this.#mailboxState);
    } catch (error) {
      if (!cannotCalculate(error)) throw error;
      await this.#readAllMailboxes();
    }
  }

  async #applyMailboxChanges(since: State): Promise<void> {
    const accountId = this.id;
    const changes = this.client.call("Mailbox/changes", { accountId, sinceState: since, maxChanges: MOST_CHANGES });
    const created = this.client.call("Mailbox/get", { accountId, "#ids": changes.ref("/created") });
    const updated = this.client.call("Mailbox/get", { accountId, "#ids": changes.ref("/updated") });
    const [told, news, changed] = await Promise.all([changes.result, created.result, updated.result]);
    this.mailboxes.put([...news.list, ...changed.list]);
    this.mailboxes.remove(told.destroyed);
    this.#mailboxState = told.newState;
    if (told.hasMoreChanges) await this.#applyMailboxChanges(told.newState);
  }

  async #readAllMailboxes(): Promise<void> {
    const { list, state } = await this.client.call("Mailbox/get", { accountId: this.id, ids: null }).result;
    const there = new Set<string>(list.map((mailbox) => mailbox.id));
    this.mailboxes.put(list);
    this.mailboxes.remove([...this.mailboxes.ids()].filter((id) => !there.has(id)));
    this.#mailboxState = state;
  }

  async #catchUpEmails(): Promise<void> {
    if (this.#emailState === null) return;
    try {
      await this.#applyEmailChanges(this.#emailState);
    } catch (error) {
      if (!cannotCalculate(error)) throw error;
      await this.#rereadEmails();
    }
  }

  async #applyEmailChanges(since: State): Promise<void> {
    const { result } = this.client.call("Email/changes", {
      accountId: this.id, sinceState: since, maxChanges: MOST_CHANGES,
    });
    const changes = await result;
    await this.#takeChanges(changes);
    this.#emailState = changes.newState;
    if (changes.hasMoreChanges) await this.#applyEmailChanges(changes.newState);
  }

  async #takeChanges({ updated, destroyed }: ChangesResult<EmailId>): Promise<void> {
    this.#remove(destroyed);
    const held = updated.filter((id) => this.emails.get(id));
    for (const id of held) if (this.emails.get(id)?.hasAttachment) this.shelf.dropBody(id);
    await this.shelf.refetch(held);
    this.#tell({ updated, destroyed });
  }

  /** Too much happened: read again what is held, forget what lists do not show. */
  async #rereadEmails(): Promise<void> {
    const shown = new Set<Slot>(this.#listed());
    const all = [...this.emails.ids()] as EmailId[];
    this.shelf.remove(all.filter((id) => !shown.has(id)));
    this.shelf.threads.clear();
    this.#emailState = null;
    await this.shelf.refetch(all.filter((id) => shown.has(id)));
    this.#tell(null);
  }

  #remove(ids: readonly EmailId[]): void {
    if (ids.length === 0) return;
    for (const list of this.#lists.values()) list.forget(ids); // while it is known what belongs together
    this.shelf.remove(ids);
  }

  *#listed(): Iterable<Slot> {
    for (const list of this.#lists.values()) yield* list.trim();
  }
}

function cannotCalculate(error: unknown): boolean {
  return error instanceof MethodFailed && error.type === "cannotCalculateChanges";
}

/** The folder that stands for a purpose, if the account has one. */
export function byRole<F extends Folder>(mailboxes: readonly F[], role: Folder["role"]): F | undefined {
  return mailboxes.find((mailbox) => mailbox.role === role);
}

function overlaps<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  const [few, many] = one.size < other.size ? [one, other] : [other, one];
  for (const each of few) if (many.has(each)) return true;
  return false;
}
