/** Finds what somebody means by a few letters. Pure. */
import fuzzysort from "fuzzysort";

/** What can be found. */
export interface Entry {
  readonly id: string;
  readonly title: string;
  /** Where it belongs: the names above a folder, its mailbox. */
  readonly detail: string;
}

export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

export interface Found<T extends Entry> {
  readonly entry: T;
  /** The title in pieces: those that were meant, and those between. */
  readonly pieces: readonly Piece[];
}

const MOST = 50;
/** Worse than that is chance. */
const LEAST_SCORE = 0.35;
/** What was used lately stands before what fits as well. */
const RECENT_BONUS = 1.25;
const DETAIL_MALUS = 0.85;

/**
 * The best first. Letter case, accents and ways to write an umlaut make no difference: "Müller" is found by "mull",
 * "mueller" and "müll". Several words may be found in title and detail, in any order.
 */
export function matched<T extends Entry>(query: string, entries: readonly T[], recent: readonly string[]): readonly Found<T>[] {
  const used = new Set(recent);
  const found = fuzzysort.go(spelledOut(query, false), entries, {
    keys: [(entry) => entry.title, (entry) => spelledOut(entry.title, true), (entry) => entry.detail, (entry) => spelledOut(entry.detail, true)],
    limit: MOST, threshold: LEAST_SCORE,
    scoreFn: (result) => result.score * (used.has(result.obj.id) ? RECENT_BONUS : 1) * (Math.max(result[0]?.score ?? 0, result[1]?.score ?? 0) > 0 ? 1 : DETAIL_MALUS),
  });
  return found.map((result) => ({ entry: result.obj, pieces: piecesOf(result.obj.title, result[0]?.indexes ?? []) }));
}

/** All of a title, with nothing meant. */
export function wholly(title: string): readonly Piece[] {
  return [{ text: title, isHit: false }];
}

const UMLAUTS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", Ä: "Ae", Ö: "Oe", Ü: "Ue" };

/** "Müller" as "Mueller", "Straße" as "Strasse"; what is typed keeps its umlauts, which are found as they stand. */
function spelledOut(text: string, isWithUmlauts: boolean): string {
  const sharp = text.normalize("NFC").replaceAll("ß", "ss");
  return isWithUmlauts ? sharp.replace(/[äöüÄÖÜ]/g, (letter) => UMLAUTS[letter] ?? letter) : sharp;
}

function piecesOf(title: string, hits: readonly number[]): readonly Piece[] {
  const isHit = new Set(hits);
  const pieces: { text: string; isHit: boolean }[] = [];
  for (const [at, letter] of title.split("").entries()) {
    const last = pieces.at(-1);
    if (last && last.isHit === isHit.has(at)) last.text += letter;
    else pieces.push({ text: letter, isHit: isHit.has(at) });
  }
  return pieces;
}
