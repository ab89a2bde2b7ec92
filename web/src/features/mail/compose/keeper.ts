/**
 * When a letter is saved, and what is said of it.
 *
 *     untouched ──key──> unsaved ──a moment of quiet──> saving ──agreed──> saved ──key──> unsaved …
 *                                                        │ │
 *                                       no answer: waiting └── refused: until the next key, or until
 *                                       tries again by itself           a person wants it tried again
 *
 * While the letter is held nothing is saved: it is for a person to decide, or for more to come.
 * One saving at a time; what is written meanwhile is saved right after.
 */
import { Value } from "@/store";
import type { After } from "@/lib/after";
import { againMs, isPassing } from "./passing";

export type Saving =
  | { readonly kind: "untouched" | "unsaved" | "saving" | "waiting" }
  | { readonly kind: "saved"; readonly at: Date }
  | { readonly kind: "refused"; readonly error: unknown };

export interface KeeperOptions {
  /** Bring what is written now to the server. */
  readonly save: () => Promise<void>;
  readonly after: After;
  readonly now: () => Date;
  /** Nothing may be saved at the moment. */
  readonly isHeld?: () => boolean;
}

/** The letter can't be saved before something is decided. */
export class Held extends Error {
  override readonly name = "Held";
}

const QUIET_MS = 2_000;
/** Who never pauses is saved all the same. */
const LONGEST_MS = 15_000;
const AGAIN_MS = 10_000;

export class Keeper {
  readonly state = new Value<Saving>({ kind: "untouched" });
  readonly #options: KeeperOptions;
  #version = 0;
  #savedVersion = 0;
  #since: number | null = null;
  #cancel: () => void = () => undefined;
  #running: Promise<void> | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Everything written is at the server, or nothing was written. */
  get isSafe(): boolean {
    return this.#savedVersion === this.#version;
  }

  /** It was loaded from the server, saved at `at`. */
  wasSaved(at: Date): void {
    this.state.set({ kind: "saved", at });
  }

  /** Something was written. */
  touched(): void {
    this.#version += 1;
    if (this.#running) return;
    const now = this.#options.now().getTime();
    this.#since ??= now;
    this.state.set({ kind: "unsaved" });
    this.#plan(Math.max(0, Math.min(QUIET_MS, this.#since + LONGEST_MS - now)));
  }

  /** Resolves when no saving is under way, whatever came of it. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running.catch(() => undefined);
  }

  /** It is held no more: what is not saved is saved soon. */
  release(): void {
    if (!this.#running && !this.isSafe) this.#plan(QUIET_MS);
  }

  /** Save now what is not saved. Rejects with what kept it from being saved, with Held where it is held. */
  async flush(): Promise<void> {
    while (this.#running || !this.isSafe) {
      if (!this.#running && this.#isHeld) throw new Held();
      this.#cancel();
      await (this.#running ?? this.#run());
    }
    this.#cancel();
  }

  /** The line is back, or a person asks for it: what waits or was refused is tried now. */
  retry(): void {
    if (["waiting", "refused"].includes(this.state.get().kind)) this.#plan(0);
  }

  /** Save nothing more. */
  stop(): void {
    this.#cancel();
    this.#savedVersion = this.#version;
  }

  get #isHeld(): boolean {
    return this.#options.isHeld?.() ?? false;
  }

  #plan(ms: number): void {
    this.#cancel();
    this.#cancel = this.#options.after(ms, () => { if (!this.#running && !this.isSafe && !this.#isHeld) this.#run().catch(() => undefined); }); // the state says it
  }

  #run(): Promise<void> {
    this.#running = this.#save().finally(() => { this.#running = null; });
    return this.#running;
  }

  async #save(): Promise<void> {
    const version = this.#version;
    this.#since = null;
    this.state.set({ kind: "saving" });
    try {
      await this.#options.save();
    } catch (error) {
      this.state.set(isPassing(error) ? { kind: "waiting" } : { kind: "refused", error });
      if (isPassing(error)) this.#plan(againMs(error, AGAIN_MS));
      throw error;
    }
    this.#savedVersion = Math.max(this.#savedVersion, version);
    this.state.set(this.isSafe ? { kind: "saved", at: this.#options.now() } : { kind: "unsaved" });
    if (!this.isSafe) this.#plan(QUIET_MS);
  }
}
