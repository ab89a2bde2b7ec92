/**
 * How large a letter may be to be sent. Microsoft tells no mailbox's own limit: what is usual is known, and what
 * it has refused or sent is learned, by mailbox, in this browser.
 */
import type { AccountId } from "@/jmap";
import type { Letter } from "./letter";
import { sentFiles, totalSize } from "./letter";

/** Octets of letters, as `sizeOf` counts them. */
export interface Learned {
  /** The smallest that was refused; null: none. */
  readonly refused: number | null;
  /** The largest that was sent. */
  readonly sent: number;
}

export interface TooMuch {
  readonly size: number;
  /** What it should stay below. */
  readonly most: number;
  /** So much was refused before; otherwise it is only more than usual. */
  readonly isKnown: boolean;
}

type Shelf = Pick<Storage, "getItem" | "setItem">;

const NOTHING: Learned = { refused: null, sent: 0 };

/** Octets of a letter's files, and of its text. */
export function sizeOf(letter: Letter): number {
  return totalSize(sentFiles(letter)) + (letter.isPlain ? letter.text : letter.html).length;
}

/** Whether a letter is more than its mailbox sends, as far as that is known; `usual` null: nobody says. */
export function tooMuch(size: number, usual: number | null, { refused, sent }: Learned): TooMuch | null {
  if (size <= sent) return null;
  if (refused !== null && size >= refused) return { size, most: refused, isKnown: true };
  return usual !== null && size > usual ? { size, most: usual, isKnown: false } : null;
}

export function learned(account: AccountId, shelf: Shelf = localStorage): Learned {
  return { ...NOTHING, ...all(shelf)[account] };
}

/** No mailbox has a limit as low as this: of such a letter not all files are known. */
const LEAST = 500_000;

/** Microsoft has refused a letter of so many octets: what was sent before may have been under another limit. */
export function learnRefused(account: AccountId, size: number, shelf: Shelf = localStorage): void {
  if (size < LEAST) return;
  const { refused, sent } = learned(account, shelf);
  keep(account, { refused: Math.min(refused ?? Infinity, size), sent: sent < size ? sent : 0 }, shelf);
}

/** One of so many was sent: a limit below is none any more. */
export function learnSent(account: AccountId, size: number, shelf: Shelf = localStorage): void {
  const { refused, sent } = learned(account, shelf);
  if (size > sent) keep(account, { refused: refused !== null && refused <= size ? null : refused, sent: size }, shelf);
}

const NAME = "poststelle.letter-sizes";

function all(shelf: Shelf): Readonly<Record<string, Partial<Learned>>> {
  try {
    const kept = JSON.parse(shelf.getItem(NAME) ?? "{}") as unknown;
    return typeof kept === "object" && kept !== null ? (kept as Record<string, Partial<Learned>>) : {};
  } catch {
    return {}; // unreadable: what is usual counts
  }
}

function keep(account: AccountId, facts: Learned, shelf: Shelf): void {
  try {
    shelf.setItem(NAME, JSON.stringify({ ...all(shelf), [account]: facts }));
  } catch {
    // Storage is full or forbidden: what is usual counts.
  }
}
