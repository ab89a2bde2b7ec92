/**
 * How a person's mail page looks goes with them: the server keeps it. A choice shows at once and is sent a moment
 * later; until the server has it, it stands over what the server said.
 *
 *     change ──shown──> unsent ──a moment without another──> sent ──kept──> the person's
 *                          └─────────no answer: tried again─────┘
 */
import { Offline } from "@/api/errors";
import type { Me, MailPage } from "@/api/types";

export interface MailPageOptions {
  readonly send: (change: Partial<MailPage>) => Promise<Me>;
  /** The server has it. */
  readonly onKept: (me: Me) => void;
  readonly onChange: () => void;
  /** Run later; the answer cancels. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Widths change with every step of the pointer. */
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
    this.#later(SOON_MS);
  }

  /** Somebody else has logged in. */
  forget(): void {
    this.#cancel?.();
    this.#set({});
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
      if (left.length > 0) this.#later(SOON_MS);
    } catch (error) {
      if (error instanceof Offline) this.#later(AGAIN_MS); // what is refused holds until the page is left
    } finally {
      this.#isSending = false;
    }
  }

  #set(unsent: Partial<MailPage>): void {
    this.#unsent = unsent;
    this.#options.onChange();
  }
}
