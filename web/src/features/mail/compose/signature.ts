/**
 * The signature within a letter. In HTML it is a block of its own, so that it can be changed without touching
 * what is written or quoted; in plain text it is found by its words.
 */
import { EMPTY_LINE, textAsHtml } from "./quote";

const NAME = "poststelle-signature";

/** Which signature a letter has, and how it reads in plain text. */
export interface Signed {
  readonly id: string;
  readonly plain: string;
}

export function signatureBlock(html: string): string {
  return `<div class="${NAME}">${html}</div>`;
}

/** What stands in the letter's signature; null when it has none. */
export function signatureIn(html: string): string | null {
  const place = placeOf(html);
  return place && html.slice(place.from + opening(NAME).length, place.to - CLOSING.length);
}

export function withoutSignature(html: string): string {
  const place = placeOf(html);
  return place ? html.slice(0, place.from) + html.slice(place.to) : html;
}

/** The letter with another signature, or none; a letter without one gets it before what it quotes, below an empty line. */
export function signedHtml(html: string, signature: string | null): string {
  const place = placeOf(html);
  if (place) return html.slice(0, place.from) + (signature === null ? "" : signatureBlock(signature)) + html.slice(place.to);
  if (signature === null) return html;
  const quote = html.search(/<div class="poststelle-(?:quote|forward)">/u);
  const [written, quoted] = quote < 0 ? [html, ""] : [html.slice(0, quote), html.slice(quote)];
  const above = quoted !== "" && written.endsWith(EMPTY_LINE) ? written.slice(0, -EMPTY_LINE.length) : written;
  const hasGap = above.endsWith(EMPTY_LINE) && above !== EMPTY_LINE;
  return `${above}${hasGap ? "" : EMPTY_LINE}${signatureBlock(signature)}${quoted === "" ? "" : EMPTY_LINE}${quoted}`;
}

const CLOSING = "</div>";

function opening(name: string): string {
  return `<div class="${name}">`;
}

/** A block may hold others: it ends where as many have ended as have begun. */
function placeOf(html: string): { readonly from: number; readonly to: number } | null {
  const from = html.indexOf(opening(NAME));
  if (from < 0) return null;
  let depth = 0;
  for (const { index, 0: tag } of html.slice(from).matchAll(/<div[\s>]|<\/div>/gu)) {
    depth += tag === CLOSING ? -1 : 1;
    if (depth === 0) return { from, to: from + index + CLOSING.length };
  }
  return null;
}

/** The text with another signature in place of `old`; without that, before what it quotes. Null: none. */
export function signedText(text: string, old: string | null, next: string | null): string {
  const at = old ? lastPlace(text, old) : -1;
  if (at >= 0 && old) return `${text.slice(0, at)}${next ?? ""}${text.slice(at + old.length)}`;
  if (next === null || next === "") return text;
  const quote = quotePlace(text);
  const written = text.slice(0, quote).trimEnd();
  return `${written}\n\n${next}\n${quote < text.length ? `\n${text.slice(quote)}` : ""}`;
}

/** Plain text as HTML, its signature a block again. */
export function textAsSignedHtml(text: string, signature: string | null): string {
  const at = signature ? lastPlace(text, signature) : -1;
  if (at < 0 || !signature) return textAsHtml(text);
  const [before, after] = [text.slice(0, at).replace(/\n$/u, ""), text.slice(at + signature.length).replace(/^\n/u, "")];
  return textAsHtml(before) + signatureBlock(textAsHtml(signature)) + (after === "" ? "" : textAsHtml(after));
}

/** Where it stands in lines of its own, above what is quoted. */
function lastPlace(text: string, signature: string): number {
  const upTo = quotePlace(text);
  for (let at = text.lastIndexOf(signature, upTo); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(signature, at - 1)) {
    const end = at + signature.length;
    if ((at === 0 || text[at - 1] === "\n") && (end === text.length || text[end] === "\n")) return at;
  }
  return -1;
}

/** Where the line above a quote begins; the end where nothing is quoted. */
function quotePlace(text: string): number {
  const found = /(?:^|\n)(?:[^\n>][^\n]*\n)?(?:\n)?>|(?:^|\n)-{5,}[^\n]*-{5,}[ \t]*(?:\n|$)/u.exec(text);
  return found ? found.index + (found[0].startsWith("\n") ? 1 : 0) : text.length;
}
