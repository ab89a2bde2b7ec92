/**
 * One event stream for all tabs of a browser. Over HTTP/1.1 a browser opens six connections to a
 * server and no more; six streams would leave none for anything else.
 *
 *     tab ──lock free──> leads: opens the stream, hands every event on to the other tabs
 *      └───lock taken──> follows: hears the leader; waits in line for the lock
 *                          └─ the leader does not answer (asleep, frozen): takes the lock from it
 *
 * When the leading tab is closed the browser gives the lock to the next in line. Every opening is
 * told to every tab, because the gap before it told nothing.
 * Source: W3C "Web Locks API", WHATWG HTML "Broadcasting to other browsing contexts".
 */
import type { EventStream } from "./push";

/** What we use of the browser's lock manager. */
export interface Locks {
  request(name: string, options: { steal?: boolean; signal?: AbortSignal }, held: () => Promise<void>): Promise<unknown>;
}

/** What we use of a BroadcastChannel: a message reaches every other tab. */
export interface Broadcast {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  close(): void;
}

export interface SharedStreamOptions {
  /** The same for all tabs that may share: one person's. */
  readonly name: string;
  readonly open: () => EventStream;
  readonly locks: Locks;
  readonly broadcast: (name: string) => Broadcast;
  readonly after: (ms: number, run: () => void) => () => void;
}

/** `here`: the leader answers, or has begun to lead, and tells whether its stream is open. */
type Message =
  | { readonly kind: "event"; readonly type: string; readonly data: unknown }
  | { readonly kind: "who" }
  | { readonly kind: "here"; readonly isOpen: boolean };

const EVENTS = ["open", "error", "ping", "revoked", "state"];
/** A tab in the background is slow, one that sleeps says nothing at all. */
const PATIENCE_MS = 3_000;
/** Where all are slow they would take it from one another all the time: who has lost it waits longer each time. */
const LONGEST_PATIENCE_MS = 60_000;

/** Open the stream, or a share in the one that another tab has open. `close` lets go of it. */
export function sharedStream(options: SharedStreamOptions): EventStream {
  return new SharedStream(options);
}

class SharedStream implements EventStream {
  readonly #options: SharedStreamOptions;
  readonly #listeners = new Map<string, ((event: { readonly data?: unknown }) => void)[]>();
  readonly #channel: Broadcast;
  readonly #closing = new AbortController();
  #stream: EventStream | null = null;
  #isOpen = false;
  #patienceMs = PATIENCE_MS;
  #letGo: () => void = () => undefined;
  #cancelPatience: () => void = () => undefined;

  constructor(options: SharedStreamOptions) {
    this.#options = options;
    this.#channel = options.broadcast(options.name);
    this.#channel.addEventListener("message", ({ data }) => { this.#hear(data as Message); });
    this.#waitInLine();
    this.#askForLeader();
  }

  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  close(): void {
    this.#closing.abort();
    this.#cancelPatience();
    this.#stopLeading();
    this.#channel.close();
  }

  #waitInLine(): void {
    const { locks, name } = this.#options;
    locks.request(name, { signal: this.#closing.signal }, () => this.#lead()).catch(() => { this.#lost(); });
  }

  #askForLeader(): void {
    if (this.#stream) return;
    this.#channel.postMessage({ kind: "who" } satisfies Message);
    this.#cancelPatience = this.#options.after(this.#patienceMs, () => { this.#takeOver(); });
  }

  /** The leader says nothing: its tab sleeps. */
  #takeOver(): void {
    const { locks, name } = this.#options;
    if (this.#stream || this.#closing.signal.aborted) return;
    locks.request(name, { steal: true }, () => this.#lead()).catch(() => { this.#lost(); });
  }

  /** Hold the lock, and the stream with it, until it is let go. */
  #lead(): Promise<void> {
    if (this.#closing.signal.aborted || this.#stream) return Promise.resolve();
    this.#cancelPatience();
    const stream = this.#options.open();
    this.#stream = stream;
    // At once: until the stream is open others would take this tab for one that sleeps, too.
    this.#channel.postMessage({ kind: "here", isOpen: false } satisfies Message);
    for (const type of EVENTS) {
      stream.addEventListener(type, ({ data }) => {
        if (stream !== this.#stream) return; // a late event of a stream that another tab leads now
        if (type === "open") this.#isOpen = true;
        this.#channel.postMessage({ kind: "event", type, data } satisfies Message);
        this.#tell(type, data);
      });
    }
    return new Promise((resolve) => { this.#letGo = resolve; });
  }

  /** The lock was taken from us, or the wait for it ended: follow whoever leads now. */
  #lost(): void {
    const wasLeading = this.#stream !== null;
    this.#stopLeading();
    if (!wasLeading || this.#closing.signal.aborted) return;
    this.#patienceMs = Math.min(LONGEST_PATIENCE_MS, 2 * this.#patienceMs);
    this.#waitInLine();
    this.#askForLeader();
  }

  #stopLeading(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#isOpen = false;
    this.#letGo();
  }

  #hear(message: Message): void {
    if (this.#closing.signal.aborted) return;
    if (message.kind === "who") {
      if (this.#stream) this.#channel.postMessage({ kind: "here", isOpen: this.#isOpen } satisfies Message);
      return;
    }
    if (this.#stream) return;
    this.#cancelPatience();
    if (message.kind === "event") this.#tell(message.type, message.data);
    else if (message.isOpen && !this.#isOpen) this.#tell("open", undefined);
    if (message.kind === "here" || message.type === "open") this.#isOpen = message.kind === "here" ? message.isOpen : true;
  }

  #tell(type: string, data: unknown): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ data });
  }
}
