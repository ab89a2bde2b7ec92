/**
 * Copies of letters that are not at the server yet, kept in this browser: after a crash, a reload or
 * a closed tab they are offered. A letter that another tab still writes is not.
 */
import type { AccountId, EmailId } from "@/jmap";
import { copiesName } from "./copiesName";
import type { Letter, Origin } from "./letter";

export interface Copy {
  readonly key: string;
  readonly account: AccountId;
  readonly draft: EmailId | null;
  readonly origin: Origin;
  /** Of files that were not at the server yet the names alone are left; pictures among them are lost. */
  readonly letter: Letter;
  readonly at: string;
}

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const LONGEST_MS = 30 * 86_400_000;

export class Copies {
  readonly #name: string;
  readonly #shelf: Shelf;

  constructor(userId: string, shelf: Shelf = localStorage) {
    this.#name = copiesName(userId);
    this.#shelf = shelf;
  }

  all(now = new Date()): readonly Copy[] {
    try {
      const all = JSON.parse(this.#shelf.getItem(this.#name) ?? "[]") as unknown;
      return Array.isArray(all) ? (all as Copy[]).filter((each) => now.getTime() - Date.parse(each.at) < LONGEST_MS) : [];
    } catch {
      return []; // unreadable: nothing can be offered
    }
  }

  put(copy: Copy): void {
    const files = copy.letter.files.filter(({ blobId, isCloud, cid }) => blobId !== null || isCloud || cid === null);
    this.#write([...this.all().filter(({ key }) => key !== copy.key), { ...copy, letter: { ...copy.letter, files } }]);
  }

  drop(key: string): void {
    const all = this.all();
    if (all.some((each) => each.key === key)) this.#write(all.filter((each) => each.key !== key));
  }

  #write(all: readonly Copy[]): void {
    try {
      if (all.length === 0) this.#shelf.removeItem(this.#name);
      else this.#shelf.setItem(this.#name, JSON.stringify(all));
    } catch {
      // Storage is full or forbidden: the server has the letter a moment later.
    }
  }
}

/** Say that this tab writes the letter, until the tab ends or the answer is called. */
export function claim(key: string): () => void {
  if (!("locks" in navigator)) return () => undefined;
  let end = (): void => undefined;
  const held = new Promise<void>((resolve) => { end = resolve; });
  navigator.locks.request(lockName(key), () => held).catch(() => undefined);
  return () => { end(); };
}

/** The copies that no tab writes any more. Where that can't be known, all of them. */
export async function orphaned(copies: readonly Copy[]): Promise<readonly Copy[]> {
  if (!("locks" in navigator)) return copies;
  const { held } = await navigator.locks.query();
  const names = new Set((held ?? []).map(({ name }) => name));
  return copies.filter(({ key }) => !names.has(lockName(key)));
}

function lockName(key: string): string {
  return `poststelle.letter.${key}`;
}
