/** Octets of a text file as text. Pure. */

/** Marks at the beginning that name the encoding. Source: Encoding Standard, §6 "BOM sniff". */
const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * Mail says of few text files how they are written. A mark at the beginning does; without
 * one, what can be read as UTF-8 is UTF-8, as other encodings hardly ever look like it; all
 * else is read as Windows wrote it, Latin-1 included. Any octets give some text.
 */
export function decodeText(octets: Uint8Array): string {
  const marked = MARKS.find(([, mark]) => mark.every((octet, i) => octets[i] === octet));
  if (marked) return new TextDecoder(marked[0]).decode(octets);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return new TextDecoder("windows-1252").decode(octets);
  }
}
