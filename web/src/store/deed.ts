/**
 * One thing done to many messages: shown at once, told to the server portion by portion.
 *
 *     earlier deeds on the same messages ──> portion ──answer──> next portion ──> … ──> ended
 *                                             │    ▲
 *                                       no answer  └── what is still missing is sent again
 *                                             ▼    │
 *                                            look what really is
 *
 * A lost answer says nothing about what was done, so nothing is claimed after one: the
 * messages are read again first. Setting twice what is so already changes nothing, which
 * is why sending again is safe. Source: RFC 8620 §5.3, RFC 8621 §4.6.
 */
import { Busy, Offline, RequestRefused, SetFailed } from "@/jmap";
import type { EmailId, EmailSetArguments, MailboxId, SetErrorBody, SetResult } from "@/jmap";
import type { AccountStore } from "./account";
import type { Held } from "./held";
import { heldAt } from "./held";
import { Value } from "./signal";
import type { Signal } from "./signal";

export type SetPart = Omit<EmailSetArguments, "accountId">;

/** Messages told to the server at once: an answer within a second or two, and a progress worth the name. */
export const PORTION = 250;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;
const MOST_SENDS = 3;
const MOST_BUSY = 20;

/** `waiting`: the server does not answer; what was done is looked at as soon as it does. */
export interface Progress {
  readonly phase: "running" | "waiting" | "ended";
  readonly done: number;
  readonly total: number;
}

/** What became of the messages; final when the deed has ended. */
export interface Outcome {
  /** As asked for, and not so before. */
  readonly changed: readonly EmailId[];
  readonly refused: ReadonlyMap<string, SetErrorBody>;
  /** Not done, because the deed was stopped or failed: as they were. */
  readonly left: readonly EmailId[];
  /** Asked for without an answer when the deed was stopped: nobody knows. */
  readonly unsure: readonly EmailId[];
}

/** Something done: `done` rejects when the server refused, or with what ended it early. */
export interface Deed {
  readonly done: Promise<void>;
  readonly progress: Signal<Progress>;
  outcome(): Outcome;
  /** Let what is under way end, and begin nothing more. */
  stop(): void;
}

/** A deed with a way back. What is done for good is a Deed only. */
export interface ReversibleDeed extends Deed {
  /** Stop, and put back as it was what was changed. */
  reverse(): ReversibleDeed;
}

/** What the user sees at once, settled portion by portion. */
export interface Shown {
  /** Of `ids` the change is true for `agreed`; `gone` have left the lists that hid them. The others return. */
  settle(ids: readonly EmailId[], agreed: readonly EmailId[], gone: readonly EmailId[]): void;
  /** Everything not settled returns. */
  end(): void;
}

export interface Plan {
  /** Whether a message that is like this has to be told to the server. */
  readonly wants: (now: Held) => boolean;
  /** Whether a message is as asked for; undefined when it is not there any more. */
  readonly isDone: (now: Held | undefined) => boolean;
  /** `before` tells how each of them was. */
  readonly part: (ids: readonly EmailId[], before: ReadonlyMap<EmailId, Held>) => SetPart;
  /** Folders whose counters change with a message that was like this. */
  readonly touches: (before: Held) => readonly MailboxId[];
  /** What is seen of it at once: `all` are the messages, `held` those of them whose rows are here. */
  readonly show: (all: ReadonlySet<EmailId>, held: ReadonlyMap<EmailId, Held>) => Shown;
  /** Nobody waits for it: without an answer it fails at once. */
  readonly isImpatient?: boolean;
}

/** How to put `changed` back; `before` tells how each was. */
export type WayBack = (changed: readonly EmailId[], before: ReadonlyMap<EmailId, Held>) => ReversibleDeed;

export function doing(account: AccountStore, ids: readonly EmailId[], plan: Plan & { readonly back: WayBack }): ReversibleDeed {
  return new ReversibleDoing(account, ids, plan);
}

export function doingForGood(account: AccountStore, ids: readonly EmailId[], plan: Plan): Deed {
  return new Doing(account, ids, plan);
}

class Doing implements Deed {
  readonly progress: Value<Progress>;
  readonly done: Promise<void>;
  readonly #account: AccountStore;
  readonly #ids: readonly EmailId[];
  readonly #plan: Plan;
  readonly #before: Map<EmailId, Held>;
  readonly #shown: Shown;
  readonly #changed: EmailId[] = [];
  readonly #refused = new Map<string, SetErrorBody>();
  readonly #settled = new Set<EmailId>();
  #unsure: readonly EmailId[] = [];
  #wasLost = false;
  #stop: () => void = () => undefined;
  readonly #stopped: Promise<void>;
  #isStopped = false;

  constructor(account: AccountStore, ids: readonly EmailId[], plan: Plan) {
    this.#account = account;
    this.#ids = ids;
    this.#plan = plan;
    const all = new Set(ids);
    this.#before = heldAt(account, all);
    this.progress = new Value<Progress>({ phase: "running", done: 0, total: ids.length });
    this.#stopped = new Promise((resolve) => { this.#stop = resolve; });
    this.#shown = plan.show(all, this.#before);
    this.done = account.inTurn(all, () => this.#run());
    this.done.catch(() => undefined); // whoever cares listens
  }

  outcome(): Outcome {
    const unsure = new Set(this.#unsure);
    const left = this.#ids.filter((id) => !this.#settled.has(id) && !unsure.has(id));
    return { changed: this.#changed, refused: this.#refused, left, unsure: this.#unsure };
  }

  stop(): void {
    this.#isStopped = true;
    this.#stop();
  }

  protected takeBack(back: WayBack): ReversibleDeed {
    this.stop();
    return afterwards(this, () => back(this.#changed, this.#before));
  }

  async #run(): Promise<void> {
    try {
      for (let at = 0; at < this.#ids.length && !this.#isStopped; at += PORTION) {
        await this.#portion(this.#ids.slice(at, at + PORTION));
      }
    } finally {
      this.#shown.end();
      this.#tell("ended");
      this.#lookAgain();
    }
    if (this.#refused.size > 0) throw new SetFailed(this.#refused);
  }

  async #portion(ids: readonly EmailId[]): Promise<void> {
    if (!await this.#learn(ids.filter((id) => !this.#before.has(id)))) return;
    const wanted = ids.filter((id) => { const now = this.#before.get(id); return now !== undefined && this.#plan.wants(now); });
    this.#settleOthers(ids, wanted);
    let missing: readonly EmailId[] = wanted;
    for (let sends = 1; missing.length > 0; sends += 1) {
      try {
        this.#take(missing, await this.#send(missing));
        return;
      } catch (error) {
        if (!isLost(error) || this.#plan.isImpatient) throw error;
        missing = await this.#lookAfter(missing);
        const isFinal = sends >= MOST_SENDS || !(error instanceof Offline);
        if (missing.length > 0 && isFinal && !this.#isStopped) throw error;
        if (this.#isStopped) return;
      }
    }
  }

  /** Read how messages stand that are not held; false when stopped before the server answered. */
  async #learn(unknown: readonly EmailId[]): Promise<boolean> {
    if (unknown.length === 0) return true;
    const told = await this.#patiently(() => this.#read(unknown));
    for (const [id, now] of told ?? []) this.#before.set(id, now);
    return told !== null;
  }

  /** Those that need nothing: spared, so already, or not there any more. */
  #settleOthers(ids: readonly EmailId[], wanted: readonly EmailId[]): void {
    const isWanted = new Set(wanted);
    const others = ids.filter((id) => !isWanted.has(id));
    if (others.length === 0) return;
    this.#settle(others, [], others.filter((id) => this.#plan.isDone(this.#before.get(id))));
  }

  #take(ids: readonly EmailId[], { notUpdated, notDestroyed }: SetResult): void {
    const refused = new Map([...Object.entries(notUpdated ?? {}), ...Object.entries(notDestroyed ?? {})]);
    const missing = new Set([...refused].filter(([, { type }]) => type === "notFound").map(([id]) => id));
    for (const [id, error] of refused) if (!missing.has(id)) this.#refused.set(id, error);
    const agreed = ids.filter((id) => !refused.has(id));
    this.#changed.push(...agreed);
    this.#settle(ids, agreed, ids.filter((id) => missing.has(id) || !refused.has(id)));
  }

  #settle(ids: readonly EmailId[], agreed: readonly EmailId[], gone: readonly EmailId[]): void {
    for (const id of ids) this.#settled.add(id);
    this.#shown.settle(ids, agreed, gone);
    this.#tell("running");
  }

  /** The answer was lost: read what really is. Answers what is still to be done. */
  async #lookAfter(ids: readonly EmailId[]): Promise<readonly EmailId[]> {
    this.#wasLost = true;
    this.#unsure = ids;
    const now = await this.#patiently(() => this.#read(ids));
    if (now === null) return ids;
    this.#unsure = [];
    const done = ids.filter((id) => this.#plan.isDone(now.get(id)));
    this.#changed.push(...done.filter((id) => now.has(id)));
    if (done.length > 0) this.#settle(done, done, done);
    return ids.filter((id) => !done.includes(id));
  }

  /** Tell the server, and look at the counters behind it. A server that asks for patience gets it. */
  async #send(ids: readonly EmailId[]): Promise<SetResult> {
    for (let busy = 1; ; busy += 1) {
      try {
        return await this.#sendOnce(ids);
      } catch (error) {
        if (!(error instanceof Busy) || this.#plan.isImpatient || busy >= MOST_BUSY || this.#isStopped) throw error;
        await this.#pause(error.afterS * 1_000);
      }
    }
  }

  async #sendOnce(ids: readonly EmailId[]): Promise<SetResult> {
    const { client, id: accountId, mailboxes } = this.#account;
    const folders = new Set(ids.flatMap((id) => { const before = this.#before.get(id); return before ? this.#plan.touches(before) : []; }));
    const set = client.call("Email/set", { accountId, ...this.#plan.part(ids, this.#before) }).result;
    if (folders.size === 0) return set;
    const counters = client.call("Mailbox/get", { accountId, ids: [...folders] }).result;
    const [answer, { list }] = await Promise.all([set, counters]);
    mailboxes.put(list);
    return answer;
  }

  /** How they stand at the server: what this device keeps of them knows nothing of what was just done. */
  async #read(ids: readonly EmailId[]): Promise<ReadonlyMap<EmailId, Held>> {
    const { client, id: accountId } = this.#account;
    const properties = ["id", "mailboxIds", "keywords", "poststelle:categories"];
    const { list } = await client.call("Email/get", { accountId, ids, properties }, { isFresh: true }).result;
    return new Map(list.map((each) => [each.id, each]));
  }

  /** Ask until there is an answer; null when stopped before. */
  async #patiently<T>(ask: () => Promise<T>): Promise<T | null> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs)) {
      try {
        const answer = await ask();
        this.#tell("running");
        return answer;
      } catch (error) {
        const isWorthWaiting = error instanceof Offline || error instanceof Busy;
        if (!isWorthWaiting || this.#plan.isImpatient) throw error;
      }
      if (this.#isStopped) return null;
      this.#tell("waiting");
      await this.#pause(waitMs);
      if (this.#isStopped) return null;
    }
  }

  async #pause(ms: number): Promise<void> {
    await Promise.race([this.#account.wait(ms), this.#stopped]);
  }

  #tell(phase: Progress["phase"]): void {
    this.progress.set({ phase, done: this.#settled.size, total: this.#ids.length });
  }

  #lookAgain(): void {
    if (this.#wasLost) void this.#account.refresh();
    for (const list of this.#account.lists()) if (list.isWatched) void list.refresh(); else list.doubt();
  }
}

class ReversibleDoing extends Doing implements ReversibleDeed {
  readonly #back: WayBack;

  constructor(account: AccountStore, ids: readonly EmailId[], plan: Plan & { readonly back: WayBack }) {
    super(account, ids, plan);
    this.#back = plan.back;
  }

  reverse(): ReversibleDeed {
    return this.takeBack(this.#back);
  }
}

/** No answer, or one that does not tell whether anything was done. */
function isLost(error: unknown): boolean {
  return error instanceof Offline || (error instanceof RequestRefused && error.status >= 500);
}

const NOTHING: Outcome = { changed: [], refused: new Map(), left: [], unsure: [] };

/** The deed that `next` makes when `first` has ended, however it ended. */
function afterwards(first: Deed, next: () => ReversibleDeed): ReversibleDeed {
  const progress = new Value<Progress>({ phase: "running", done: 0, total: first.outcome().changed.length });
  let made: ReversibleDeed | null = null;
  let isStopped = false;
  const begun = first.done.catch(() => undefined).then(() => {
    const deed = next();
    made = deed;
    if (isStopped) deed.stop();
    deed.progress.subscribe(() => { progress.set(deed.progress.get()); });
    progress.set(deed.progress.get());
    return deed;
  });
  const done = begun.then((deed) => deed.done);
  done.catch(() => undefined);
  const self: ReversibleDeed = {
    progress, done,
    outcome: () => made?.outcome() ?? NOTHING,
    stop: () => {
      isStopped = true;
      made?.stop();
    },
    reverse: () => {
      self.stop();
      return afterwards(self, () => made?.reverse() ?? self);
    },
  };
  return self;
}
