/**
 * Words as the server's index knows them: capitals, accents and ways to write an umlaut make no
 * difference. Must agree with `mime/words.py`.
 */

const LETTERS: Readonly<Record<string, string>> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** A word in its one form. One that may go on (`isBegun`) has its umlaut folded at the end too. */
export function folded(word: string, isBegun = false): string {
  const plain = word.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter);
  return plain.replace(isBegun ? /([aou])e/g : /([aou])e(?!$)/g, "$1");
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Finds, in a text, the words that a search looks for; those that end with a star go on anyhow. */
export function finder(words: readonly string[]): ((text: string) => readonly Span[]) | null {
  const whole = new Set<string>();
  const begun: string[] = [];
  for (const word of words) {
    const parts = word.match(WORD) ?? [];
    for (const [at, part] of parts.entries()) {
      if (word.endsWith("*") && at === parts.length - 1) begun.push(folded(part, true));
      else whole.add(folded(part));
    }
  }
  if (whole.size === 0 && begun.length === 0) return null;
  const isHit = (word: string): boolean => {
    const form = folded(word);
    return whole.has(form) || begun.some((start) => form.startsWith(start) || folded(word, true).startsWith(start));
  };
  return (text) => [...text.matchAll(WORD)].filter(([word]) => isHit(word)).map((match) => ({ from: match.index, to: match.index + match[0].length }));
}
