/**
 * The threads of one account that this browser holds: which messages belong together.
 *
 *     threaded list, open thread ──need──> Email/get (threadId) ─ Thread/get ─ Email/get (rows), one request
 *     /changes                   ──> the threads held that grew or shrank, and their new messages
 *
 * The rows themselves are the shelf's. Source: RFC 8621 §3, §4.10.
 */
import { MethodFailed } from "@/jmap";
import type { AccountId, Email, EmailGetArguments, EmailId, JmapClient, State, Thread, ThreadId } from "@/jmap";
import { Records } from "./records";
import type { EmailShelf } from "./shelf";
import { GET_AT_ONCE } from "./shelf";
import type { Listener } from "./signal";
import type { Slot } from "./window";

const MOST_CHANGES = 500;
const NONE: readonly Email[] = [];

export interface ThreadShelfOptions {
  readonly accountId: AccountId;
  readonly client: JmapClient;
  readonly shelf: EmailShelf;
}

export class ThreadShelf {
  readonly records = new Records<Thread>();
  readonly #options: ThreadShelfOptions;
  readonly #byEmail = new Map<string, ThreadId>();
  readonly #members = new Map<ThreadId, readonly Email[]>();
  readonly #inHand = new Map<ThreadId, number>();
  #state: State | null = null;

  constructor(options: ThreadShelfOptions) {
    this.#options = options;
  }

  /** The state that the threads held are true for; null before the first. */
  get state(): State | null {
    return this.#state;
  }

  /** The thread of a message; undefined while that is not known. */
  of(id: string): ThreadId | undefined {
    return this.#options.shelf.emails.get(id)?.threadId ?? this.#byEmail.get(id);
  }

  /** The messages of a thread whose rows are held, oldest first; the same array until one changes. */
  members(id: ThreadId | undefined): readonly Email[] {
    const thread = id === undefined ? undefined : this.records.get(id);
    if (!thread) return NONE;
    const now = thread.emailIds.flatMap((each) => this.#options.shelf.emails.get(each) ?? []);
    const before = this.#members.get(thread.id);
    if (before?.length === now.length && now.every((email, at) => email === before[at])) return before;
    this.#members.set(thread.id, now);
    return now;
  }

  /** Whether the thread and the rows of all its messages are held. */
  isWhole(id: ThreadId | undefined): boolean {
    const thread = id === undefined ? undefined : this.records.get(id);
    return thread !== undefined && this.members(id).length === thread.emailIds.length;
  }

  /** Hear of messages that come, go or change. */
  subscribe(id: ThreadId, listener: Listener): () => void {
    const { emails } = this.#options.shelf;
    let ends: (() => void)[] = [];
    const follow = (): void => {
      for (const end of ends) end();
      ends = (this.records.get(id)?.emailIds ?? []).map((each) => emails.subscribe(each, listener));
    };
    follow();
    const end = this.records.subscribe(id, () => {
      follow();
      listener();
    });
    return () => {
      end();
      for (const each of ends) each();
    };
  }

  /** Fetch the threads of messages, also of those an earlier call of this tick finds, and all their rows. */
  async fetch(which: Pick<EmailGetArguments, "ids" | "#ids">): Promise<void> {
    const { accountId, client, shelf } = this.#options;
    const heads = client.call("Email/get", { accountId, ...which, properties: ["threadId"] });
    const threads = client.call("Thread/get", { accountId, "#ids": heads.ref("/list/*/threadId") });
    const rows = shelf.fetch({ "#ids": threads.ref("/list/*/emailIds") }).catch(onlyTooMany);
    const [{ list, state }] = await Promise.all([threads.result, rows]);
    this.#put(list);
    this.#state ??= state;
    await shelf.need(list.flatMap(({ emailIds }) => emailIds)); // those too many for one answer
  }

  /** Fetch what is missing of the threads of these messages. */
  async need(ids: readonly EmailId[]): Promise<void> {
    const unknown = ids.filter((id) => !this.#thread(id)?.emailIds.includes(id));
    const parts = Array.from({ length: Math.ceil(unknown.length / GET_AT_ONCE) }, (_, i) =>
      unknown.slice(i * GET_AT_ONCE, (i + 1) * GET_AT_ONCE));
    await Promise.all(parts.map((part) => this.fetch({ ids: part })));
    await this.#options.shelf.need(ids.flatMap((id) => this.#thread(id)?.emailIds ?? []));
  }

  /** Learn which of the threads held have changed. */
  async catchUp(): Promise<void> {
    if (this.#state === null) return;
    try {
      await this.#applyChanges(this.#state);
    } catch (error) {
      if (!(error instanceof MethodFailed && error.type === "cannotCalculateChanges")) throw error;
      await this.#reread([...this.records.ids()] as ThreadId[], true);
    }
  }

  /** Keep a thread's rows while it is read, whatever lists show. The answer lets go. */
  hold(id: ThreadId): () => void {
    this.#inHand.set(id, (this.#inHand.get(id) ?? 0) + 1);
    return () => {
      const left = (this.#inHand.get(id) ?? 1) - 1;
      if (left > 0) this.#inHand.set(id, left);
      else this.#inHand.delete(id);
    };
  }

  /** The messages that have to be kept beside these. */
  *companions(kept: ReadonlySet<Slot>): Iterable<EmailId> {
    const threads = new Set(this.#inHand.keys());
    for (const id of kept) {
      const thread = id === null ? undefined : this.of(id);
      if (thread !== undefined) threads.add(thread);
    }
    for (const id of threads) yield* this.records.get(id)?.emailIds ?? [];
  }

  /** Forget threads of which no row is held. */
  trim(): void {
    const { emails } = this.#options.shelf;
    this.#forget(this.records.all().filter(({ emailIds }) => !emailIds.some((id) => emails.get(id))));
  }

  /** Forget all; lists ask again for those they show. */
  clear(): void {
    this.#state = null;
    this.#forget(this.records.all());
  }

  #thread(id: EmailId): Thread | undefined {
    const thread = this.of(id);
    return thread === undefined ? undefined : this.records.get(thread);
  }

  async #applyChanges(since: State): Promise<void> {
    const { accountId, client } = this.#options;
    const told = await client.call("Thread/changes", { accountId, sinceState: since, maxChanges: MOST_CHANGES }).result;
    this.#forget(told.destroyed.flatMap((id) => this.records.get(id) ?? []));
    await this.#reread([...told.created, ...told.updated].filter((id) => this.records.get(id)), false);
    this.#state = told.newState;
    if (told.hasMoreChanges) await this.#applyChanges(told.newState);
  }

  async #reread(ids: readonly ThreadId[], isAnew: boolean): Promise<void> {
    if (ids.length === 0) return;
    const { accountId, client, shelf } = this.#options;
    for (let at = 0; at < ids.length; at += GET_AT_ONCE) {
      const { list, notFound, state } = await client.call("Thread/get", { accountId, ids: ids.slice(at, at + GET_AT_ONCE) }).result;
      await shelf.need(list.flatMap(({ emailIds }) => emailIds)); // first, so that a thread never shows a gap
      this.#put(list);
      this.#forget(notFound.flatMap((id) => this.records.get(id) ?? []));
      if (isAnew && at === 0) this.#state = state;
    }
  }

  #put(threads: readonly Thread[]): void {
    for (const { id, emailIds } of threads) for (const each of emailIds) this.#byEmail.set(each, id);
    this.records.put(threads);
  }

  #forget(threads: readonly Thread[]): void {
    for (const { id, emailIds } of threads) {
      this.#members.delete(id);
      for (const each of emailIds) this.#byEmail.delete(each);
    }
    this.records.remove(threads.map(({ id }) => id));
  }
}

/** A page of long threads may hold more messages than one answer: they are fetched portion by portion then. */
function onlyTooMany(error: unknown): void {
  if (!(error instanceof MethodFailed && error.type === "requestTooLarge")) throw error;
}
