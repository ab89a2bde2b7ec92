/**
 * The event stream: tells that something changed, never what.
 *
 *     connecting ──open──> open ──broken or silent──> waiting ──back-off──> connecting
 *
 * The browser's own reconnecting gives up after an HTTP error, so every break
 * closes the source and a new one is opened here. After each opening `onOpen`
 * is told, because changes during the gap were not.
 * Source: RFC 8620 §7.3, WHATWG HTML "Server-sent events".
 */
import type { StateChange } from "./types";

export type PushStatus = "connecting" | "open" | "waiting";

/** What we use of the browser's EventSource. */
export interface EventStream {
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
}

export interface PushOptions {
  readonly url: () => string;
  readonly open: (url: string) => EventStream;
  readonly onOpen: () => void;
  readonly onChange: (change: StateChange) => void;
  /** The stream broke or the server withdrew an assignment: ask who we are again. */
  readonly onBroken: () => void;
  readonly onStatus: (status: PushStatus) => void;
  readonly after: (ms: number, run: () => void) => () => void;
  readonly random: () => number;
}

export const PING_S = 30;
const SILENCE_MS = PING_S * 2_500;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

export class PushChannel {
  readonly #options: PushOptions;
  #stream: EventStream | null = null;
  #isOpen = false;
  #attempts = 0;
  #cancelTimer: () => void = () => undefined;

  constructor(options: PushOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#stream) return;
    this.#open();
  }

  /** Close; `start` opens again. */
  stop(): void {
    this.#cancelTimer();
    this.#stream?.close();
    this.#stream = null;
    this.#isOpen = false;
  }

  /** Something else shows that the line is cut: a stream that was open may not notice for long. */
  lost(): void {
    if (this.#isOpen) this.#broken();
  }

  /** The network or the window came back: do not sit out the back-off. */
  wake(): void {
    this.#attempts = 0;
    this.stop();
    this.#open();
  }

  #open(): void {
    const stream = this.#options.open(this.#options.url());
    this.#stream = stream;
    this.#options.onStatus("connecting");
    this.#listen(stream);
    this.#watch();
  }

  #listen(stream: EventStream): void {
    const on = (type: string, act: (data: unknown) => void): void => {
      stream.addEventListener(type, (event) => {
        if (stream !== this.#stream) return; // a late event of a closed stream
        act(event.data);
      });
    };
    on("open", () => { this.#opened(); });
    on("error", () => { this.#broken(); });
    on("ping", () => { this.#watch(); });
    on("revoked", () => { this.#options.onBroken(); });
    on("state", (data) => { this.#watch(); this.#changed(data); });
  }

  #opened(): void {
    this.#isOpen = true;
    this.#attempts = 0;
    this.#watch();
    this.#options.onStatus("open");
    this.#options.onOpen();
  }

  #changed(data: unknown): void {
    const change = parsed(data);
    if (change) this.#options.onChange(change);
  }

  #broken(): void {
    this.stop();
    this.#options.onStatus("waiting");
    this.#options.onBroken();
    this.#cancelTimer = this.#options.after(this.#waitMs(), () => { this.#open(); });
    this.#attempts += 1;
  }

  #waitMs(): number {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempts);
    return longest * (0.5 + this.#options.random() / 2);
  }

  /** A stream that says nothing for long is dead, whatever the socket believes. */
  #watch(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.after(SILENCE_MS, () => { this.#broken(); });
  }
}

function parsed(data: unknown): StateChange | null {
  try {
    const change = JSON.parse(String(data)) as Partial<StateChange> | null;
    return change?.changed ? (change as StateChange) : null;
  } catch {
    return null; // not ours; the next event or the next opening tells
  }
}
