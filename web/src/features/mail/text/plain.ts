/** Plain text as blocks: what was written, what was quoted, and the links in it. Pure. */
import { withoutTurning } from "@/lib/turning";
import { cutLong } from "./portions";
import { isAttribution, openQuoteAt } from "./quoting";

export interface TextBlock {
  readonly kind: "text" | "quote";
  readonly lines: readonly string[];
}

export type Piece = { readonly text: string } | { readonly text: string; readonly href: string };

const LINK = /\b(?:https?:\/\/[^\s<>"]+|www\.[^\s<>"]+\.[^\s<>"]+|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,190})/giu;
const ENDS_SENTENCE = new Set(".,;:!?'\")]}>»");

/**
 * Divide text into written and quoted blocks, in order. A quote is a run of
 * lines that begin with ">", together with the line that introduces it, or all from
 * "-----Original Message-----" or Outlook's head on, unless the message `isForward`.
 *
 * Marks that turn the direction of writing go, instead of being closed at the end of
 * their line: within the line they would still show an address or a file's name as
 * another one. A link leads where the text shown says.
 */
export function textBlocks(text: string, isForward = false): readonly TextBlock[] {
  const blocks: { kind: TextBlock["kind"]; lines: string[] }[] = [];
  const lines = withoutTurning(text).replace(/\r\n?/g, "\n").trimEnd().split("\n").flatMap((line) => cutLong(line));
  const openAt = isForward ? -1 : openQuoteAt(lines);
  lines.forEach((line, i) => {
    const kind = (openAt >= 0 && i >= openAt) || isQuoted(lines, i) ? "quote" : "text";
    const last = blocks.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else blocks.push({ kind, lines: [line] });
  });
  return blocks;
}

function isQuoted(lines: readonly string[], i: number): boolean {
  const line = lines[i] ?? "";
  if (line.startsWith(">")) return true;
  const next = lines.slice(i + 1, i + 3).find((each) => each.trim() !== "") ?? "";
  if (line.trim() === "") return next.startsWith(">") && (lines[i - 1] ?? "").startsWith(">");
  return next.startsWith(">") && isAttribution(line);
}

/** Find web and mail addresses in one line; the punctuation that ends a sentence is not part of them. */
export function pieces(line: string): readonly Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of line.matchAll(LINK)) {
    const text = trimmed(match[0]);
    if (match.index > end) found.push({ text: line.slice(end, match.index) });
    found.push({ text, href: hrefOf(text) });
    end = match.index + text.length;
  }
  if (end < line.length) found.push({ text: line.slice(end) });
  return found;
}

/** "(see https://x.example/a_(b))." ends before the last bracket, not before the first. */
function trimmed(link: string): string {
  let end = link.length;
  while (end > 0 && ENDS_SENTENCE.has(link.charAt(end - 1))) end -= 1;
  const bare = link.slice(0, end);
  const opened = bare.split("(").length - bare.split(")").length;
  return opened > 0 && link.startsWith(`${bare})`) ? `${bare})` : bare;
}

function hrefOf(text: string): string {
  if (/^https?:/iu.test(text)) return text;
  return text.includes("@") && !/^www\./iu.test(text) ? `mailto:${text}` : `https://${text}`;
}
