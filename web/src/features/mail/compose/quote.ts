/**
 * What a letter quotes: the original, made safe and independent of its style sheet.
 *
 *     sender's HTML ──safeHtml──> known tags ──style sheet into each element──> inside a marked div
 *
 * The mark tells where the quote begins when the draft is opened again. Pictures inside the
 * message keep their `cid:` addresses; those from outside keep theirs, and nothing shows them
 * here before somebody asks.
 */
import type { BodyPart, Email, EmailAddress, EmailBody } from "@/jmap";
import { isHeavy, wordsOf } from "../html/heavy";
import { safeHtml } from "../html/safe";
import { fullAddress } from "../text/names";

export type QuoteKind = "quote" | "forward";

/** Sentences about the original, in the language of the page. */
export interface QuoteWords {
  /** "On 27 Nov 2026 at 14:05, Anna Berger wrote:". */
  readonly attribution: string;
  /** The head of a forwarded message, line by line. */
  readonly head: readonly (readonly [label: string, value: string])[];
  readonly forwarded: string;
}

const BAR = "margin:0 0 0 4px;padding:0 0 0 12px;border-left:2px solid #c8ccd2";

/** The original as a block of mail HTML, to stand below what is written. */
export function quotedHtml(kind: QuoteKind, body: EmailBody, words: QuoteWords): string {
  const original = htmlOf(body);
  if (kind === "quote") {
    return `<div class="poststelle-quote"><p style="margin:0">${escaped(words.attribution)}</p><blockquote type="cite" style="${BAR}">${original}</blockquote></div>`;
  }
  const head = words.head.map(([label, value]) => `<b>${escaped(label)}:</b> ${escaped(value)}`).join("<br>");
  return `<div class="poststelle-forward"><p style="margin:0">${escaped(words.forwarded)}</p><p style="margin:0 0 12px">${head}</p>${original}</div>`;
}

/** The original as plain text, below what is written. */
export function quotedText(kind: QuoteKind, body: EmailBody, words: QuoteWords): string {
  const text = textOf(body).replace(/\r\n?/gu, "\n").trimEnd();
  if (kind === "quote") return `\n\n${words.attribution}\n${text.split("\n").map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`)).join("\n")}\n`;
  return `\n\n${words.forwarded}\n${words.head.map(([label, value]) => `${label}: ${value}`).join("\n")}\n\n${text}\n`;
}

function partOf(body: EmailBody): { readonly part: BodyPart | undefined; readonly value: string } {
  const part = body.htmlBody[0] ?? body.textBody[0];
  return { part, value: part?.partId ? (body.bodyValues[part.partId]?.value ?? "") : "" };
}

function htmlOf(body: EmailBody): string {
  const { part, value } = partOf(body);
  if (part?.type.toLowerCase() !== "text/html") return textAsHtml(value);
  return isHeavy(value) ? textAsHtml(wordsOf(value)) : cleanedHtml(value); // nobody waits for a machine's report to be taken apart
}

function textOf(body: EmailBody): string {
  const { part, value } = partOf(body);
  if (part?.type.toLowerCase() !== "text/html") return value;
  const plain = body.textBody.find(({ type }) => type.toLowerCase() === "text/plain");
  return (plain?.partId ? body.bodyValues[plain.partId]?.value : undefined) ?? wordsOf(value);
}

/** Somebody's HTML, safe and on its own feet: to stand in a letter of ours. */
export function cleanedHtml(html: string): string {
  const safe = safeHtml(html, { outside: "kept", cidUrl: (cid) => `cid:${cid}` });
  const parsed = new DOMParser().parseFromString(safe.body, "text/html");
  if (safe.styles.trim() !== "") inlineStyles(parsed.body, safe.styles);
  for (const each of parsed.body.querySelectorAll("[target],[rel],[loading],[referrerpolicy],[data-held]")) {
    for (const name of ["target", "rel", "loading", "referrerpolicy", "data-held", ...(each.tagName === "A" ? ["title"] : [])]) each.removeAttribute(name);
  }
  for (const each of parsed.body.querySelectorAll("[id]")) each.removeAttribute("id"); // the sheet's rules have been written into them
  for (const each of parsed.body.querySelectorAll('[style=""]')) each.removeAttribute("style");
  return parsed.body.innerHTML;
}

/**
 * Write a style sheet's rules into the elements they mean: a quote may not change the look of
 * what is written above it, and many mail programs ignore sheets. Later rules win over earlier
 * ones, an element's own style over all. Rules for paper or some screens only, and states, are left out.
 */
export function inlineStyles(root: Element, css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const found = new Map<Element, string>();
  const rules = [...sheet.cssRules];
  const isInLayer = (rule: CSSRule): boolean => rule instanceof CSSLayerBlockRule;
  // Whatever stands in a layer yields to what stands in none.
  for (const rule of [...rules.filter(isInLayer), ...rules.filter((each) => !isInLayer(each))].flatMap(onEveryScreen)) {
    if (!(rule instanceof CSSStyleRule)) continue;
    for (const element of matching(root, rule.selectorText)) found.set(element, `${found.get(element) ?? ""}${rule.style.cssText};`);
  }
  for (const [element, style] of found) element.setAttribute("style", style + (element.getAttribute("style") ?? ""));
}

const EVERY_SCREEN = /^(?:all|(?:only )?screen)$/iu;

/** The rule, or those within it if it counts on every screen. */
function onEveryScreen(rule: CSSRule): readonly CSSRule[] {
  const isGroup = (rule instanceof CSSMediaRule && [...rule.media].some((each) => EVERY_SCREEN.test(each)))
    || (rule instanceof CSSSupportsRule && CSS.supports(rule.conditionText)) || rule instanceof CSSLayerBlockRule;
  return isGroup ? [...rule.cssRules].flatMap(onEveryScreen) : [rule];
}

function matching(root: Element, selector: string): Iterable<Element> {
  if (selector.includes(":")) return [];
  try {
    return root.querySelectorAll(selector);
  } catch {
    return []; // a selector this browser does not know
  }
}

export const EMPTY_LINE = '<p style="margin:0"><br></p>';

/** Lines as paragraphs, so that they can be written between; blanks at their beginning stay. */
export function textAsHtml(text: string): string {
  return text.replace(/\r\n?/gu, "\n").split("\n")
    .map((line) => `<p style="margin:0">${escaped(line).replace(/^ +| {2,}/gu, (blanks) => "&nbsp;".repeat(blanks.length)) || "<br>"}</p>`).join("");
}

export function escaped(text: string): string {
  return text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/>/gu, "&gt;").replace(/"/gu, "&quot;");
}

/** The pictures that a text shows, by content id. */
export function shownPictures(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/\bsrc="cid:([^"]+)"/gu)].map(([, cid]) => (cid ?? "").replace(/&amp;/gu, "&")));
}

/** Names and addresses in one line. */
export function peopleLine(people: readonly EmailAddress[] | null): string {
  return (people ?? []).map((person) => (person.name?.trim().toLowerCase() === person.email.toLowerCase() ? person.email : fullAddress(person))).join(", ");
}

/** Who wrote, for the line above the quote. */
export function authorOf({ from }: Pick<Email, "from">): string {
  return peopleLine(from?.slice(0, 1) ?? null);
}
