/**
 * Why Microsoft has not taken drafts, kept in this browser. The server's notice goes when somebody has
 * understood it, which makes nothing truer: until another draft takes its place the letter is here alone.
 */
import type { Notice } from "@/store";

type Shelf = Pick<Storage, "getItem" | "setItem">;

const MOST = 50;

export class RefusedDrafts {
  readonly #name: string;
  readonly #shelf: Shelf;
  #known: ReadonlyMap<string, Notice>;

  constructor(userId: string, shelf: Shelf = localStorage) {
    this.#name = `poststelle.refused-drafts.${userId}`;
    this.#shelf = shelf;
    this.#known = this.#read();
  }

  /** `draft`: its account and id. */
  get(draft: string): Notice | undefined {
    return this.#known.get(draft);
  }

  /** Beside what other windows have kept; the oldest make room. */
  set(draft: string, notice: Notice): void {
    const others = [...this.#read()].filter(([each]) => each !== draft);
    this.#known = new Map([...others.slice(1 - MOST), [draft, notice]]);
    try {
      this.#shelf.setItem(this.#name, JSON.stringify([...this.#known]));
    } catch {
      // Storage is full or forbidden: it is known until this window is closed.
    }
  }

  #read(): ReadonlyMap<string, Notice> {
    try {
      return new Map(JSON.parse(this.#shelf.getItem(this.#name) ?? "[]") as [string, Notice][]);
    } catch {
      return new Map(); // unreadable: told again with the next refusal
    }
  }
}
