import type { Piece } from "@/store";

const BEFORE = 18;

/** The pieces from shortly before the first hit on, at the beginning of a word: a row has room for few letters. */
export function nearHit(pieces: readonly Piece[]): readonly Piece[] {
  const [first, ...rest] = pieces;
  if (!first || first.isHit || !rest.some(({ isHit }) => isHit) || first.text.length <= BEFORE) return pieces;
  const near = [...first.text].slice(-BEFORE).join("");
  const word = near.search(/\s\S/u);
  return [{ text: `… ${word < 0 ? near : near.slice(word + 1)}`, isHit: false }, ...rest];
}
