/**
 * How a person's mail page looks goes with them: the server keeps it. A choice shows at once and is sent a moment
 * later; until the server has it, it stands over what the server said.
 *
 *     change ──shown──> unsent ──soon──> sent ──kept──> the person's
 *                          └──no answer: tried again──┘
 *
 * What is unsent is held in this browser too: the page may be left at any moment.
 */
import { Offline } from "@/api/errors";
import type { Me, MailPage } from "@/api/types";

export interface MailPageOptions {
  readonly send: (change: Partial<MailPage>) => Promise<Me>;
  /** The server has it. */
  readonly onKept: (me: Me) => void;
  readonly onChange: () => void;
  /** Hold in this browser what is unsent. */
  readonly hold: (unsent: Partial<MailPage>) => void;
  /** Run later; the answer cancels. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Widths change with every step of the pointer; other choices are sent at once. */
const SOON_MS = 600;
const AGAIN_MS = 10_000;

export class MailPageKeeper {
  readonly #options: MailPageOptions;
  #unsent: Partial<MailPage> = {};
  #isSending = false;
  #cancel: (() => void) | null = null;

  constructor(options: MailPageOptions) {
    this.#options = options;
  }

  /** What the server does not have yet; the same object until that changes. */
  unsent = (): Partial<MailPage> => this.#unsent;

  change(change: Partial<MailPage>): void {
    this.#set({ ...this.#unsent, ...change });
    this.#options.hold(this.#unsent);
    this.#later(change.columns ? SOON_MS : 0);
  }

  /** Somebody has logged in; this is what of theirs is still unsent. */
  begin(unsent: Partial<MailPage>): void {
    this.#cancel?.();
    this.#set(unsent);
    if (Object.keys(unsent).length > 0) this.#later(0);
  }

  #later(ms: number): void {
    this.#cancel?.();
    this.#cancel = this.#options.after(ms, () => { void this.#send(); });
  }

  async #send(): Promise<void> {
    const sent = this.#unsent;
    if (this.#isSending || Object.keys(sent).length === 0) return;
    this.#isSending = true;
    try {
      const me = await this.#options.send(sent);
      const left = Object.entries(this.#unsent).filter(([name, value]) => value !== sent[name as keyof MailPage]);
      this.#options.onKept(me);
      this.#set(Object.fromEntries(left));
      this.#options.hold(this.#unsent);
      if (left.length > 0) this.#later(SOON_MS);
    } catch (error) {
      if (error instanceof Offline) this.#later(AGAIN_MS);
      else this.#options.hold({}); // what is refused stands until the page is left
    } finally {
      this.#isSending = false;
    }
  }

  #set(unsent: Partial<MailPage>): void {
    this.#unsent = unsent;
    this.#options.onChange();
  }
}
