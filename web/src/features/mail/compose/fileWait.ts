/**
 * A stored draft whose files Microsoft has not listed yet: asked for again and again, ever rarer. Until
 * they are here no other draft may take its place.
 */
import { MethodFailed } from "@/jmap";
import { loadDraft } from "@/store";
import type { After } from "@/lib/after";
import type { Composer } from "./composer";
import { filesOf, hasUnknownFiles } from "./stored";

const AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

export class FileWait {
  readonly #composer: Composer;
  readonly #after: After;
  #tries = 0;
  #cancel: () => void = () => undefined;
  #isOver = false;

  constructor(composer: Composer, after: After) {
    this.#composer = composer;
    this.#after = after;
    this.#plan();
  }

  stop(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #plan(): void {
    this.#cancel = this.#after(AGAIN_MS[Math.min(this.#tries++, AGAIN_MS.length - 1)] ?? 0, () => { void this.#ask(); });
  }

  async #ask(): Promise<void> {
    const { account, draft } = this.#composer;
    if (!draft) return;
    try {
      const stored = await loadDraft(account, draft);
      const { html } = this.#composer.now();
      if (this.#isOver) return;
      if (!hasUnknownFiles(stored, html)) { this.#composer.takeFiles(filesOf(stored, html)); return; }
    } catch (error) {
      if (error instanceof MethodFailed && error.type === "notFound") return; // whoever watches the draft says what became of it
    }
    if (!this.#isOver) this.#plan();
  }
}
