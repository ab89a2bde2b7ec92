import { Busy } from "@/jmap";

/** A question to the server that is put again whenever its answer may be old, and never twice at a time. */
export class Asking {
  readonly #ask: () => Promise<void>;
  readonly #wait: (ms: number) => Promise<void>;
  #running: Promise<void> | null = null;
  #isStale = false;

  constructor(ask: () => Promise<void>, wait: (ms: number) => Promise<void>) {
    this.#ask = ask;
    this.#wait = wait;
  }

  /** Ask, after what is being asked; where the server is busy, later. What else fails is asked when the line is back. */
  again(): Promise<void> {
    this.#isStale = true;
    this.#running ??= this.#run().finally(() => { this.#running = null; });
    return this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      try {
        await this.#ask();
      } catch (error) {
        if (!(error instanceof Busy)) return;
        await this.#wait(error.afterS * 1_000);
        this.#isStale = true;
      }
    }
  }
}
