/**
 * The letters that stand for a name: first and last word, or the first two letters
 * of a single word. Of an address only the part before the @ counts.
 */
export function initials(name: string): string {
  const own = name.trim().replace(/@\S*$/u, "");
  const separators = /\s/u.test(own) ? /\s+/u : /[._-]+/u;
  const words = own.split(separators).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = words[0];
  if (first === undefined) return "?";
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  const letters = last ? [...first].slice(0, 1).concat([...last].slice(0, 1)) : [...first].slice(0, 2);
  return letters.join("").toLocaleUpperCase();
}
