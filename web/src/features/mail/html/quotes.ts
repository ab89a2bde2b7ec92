/**
 * Fold what a mail quotes behind a button that needs no script.
 *
 *     safe HTML ──find──> Gmail's, Apple's, Thunderbird's, Yahoo's, our own quote; Outlook's head; "-----Original…"
 *               ──fold──> <details> around it, if the writer's own words stand beside it
 *
 * What is passed on is never folded, nor a quote that is answered line by line.
 */
import { isAttribution, isForward, openQuoteAt, saysForwarded } from "../text/quoting";

export { isForward };

export interface FoldOptions {
  /** What the button is called. */
  readonly label: string;
  /** The message passes another one on. */
  readonly isForward: boolean;
  /** Unfolded at first. */
  readonly isOpen: boolean;
}

/** In html/frame.ts: how it looks. */
const FOLDED = "poststelle-folded";
const QUOTES = ".poststelle-quote, .gmail_quote, .yahoo_quoted, .protonmail_quote, blockquote";
/** Known by their mark alone; any other block quote needs the line that introduces it. */
const MARKED = ".poststelle-quote, .gmail_quote, .yahoo_quoted, .protonmail_quote, blockquote[type=cite]";
/** Nothing but their own parts may stand in these. */
const STRICT = /^(?:TABLE|TBODY|THEAD|TFOOT|TR|UL|OL|DL)$/;
const BREAK = /^(?:ADDRESS|ARTICLE|BLOCKQUOTE|BR|CENTER|DD|DIV|DL|DT|H[1-6]|HR|LI|OL|P|PRE|SECTION|TABLE|TD|TR|UL)$/;
/** A quote above the answer that is shorter than this is quicker read than unfolded. */
const SHORT = 300;

/** A run of siblings. */
interface Quote {
  readonly first: ChildNode;
  readonly last: ChildNode;
}

/** Fold the quotes of a safe mail in place. */
export function foldQuotes(root: HTMLElement, options: FoldOptions): void {
  if (options.isForward) return;
  for (const quote of quotesToFold(root)) wrap(quote, options);
}

function quotesToFold(root: HTMLElement): readonly Quote[] {
  const quotes = [...closedQuotes(root)];
  const open = openQuote(root);
  if (open) {
    while (quotes.length > 0 && !isBefore(quotes.at(-1) as Quote, open)) quotes.pop();
    quotes.push(open);
  }
  const last = quotes.at(-1);
  if (!last) return [];
  const before = textBetween(root, quotes.at(-2)?.last ?? null, last.first);
  const after = textBetween(root, last.last, null);
  if (before !== "") return quotes.length === 1 || after === "" ? [last] : [];
  const isAnswerBelow = quotes.length === 1 && after !== "" && (last.first.textContent ?? "").length + (last.last.textContent ?? "").length > SHORT;
  return isAnswerBelow ? [last] : [];
}

function* closedQuotes(root: HTMLElement): Iterable<Quote> {
  let end: Element | null = null;
  for (const element of root.querySelectorAll(QUOTES)) {
    if (end?.contains(element) || element.closest(".poststelle-forward")) continue;
    const introduction = introductionOf(element);
    if (!introduction && !element.matches(MARKED)) continue;
    if (saysForwarded(element.textContent.trim().slice(0, 80))) continue;
    end = element;
    yield { first: introduction ?? element, last: element };
  }
}

/** The line above a quote that says whose words follow; null where there is none. */
function introductionOf(quote: Element): ChildNode | null {
  for (let node = quote.previousSibling; node; node = node.previousSibling) {
    const text = node.textContent ?? "";
    if (text.trim() !== "") return isAttribution(text) ? node : null;
  }
  return null;
}

/** The quote that begins with a head of Outlook's and goes on to the end. */
function openQuote(root: HTMLElement): Quote | null {
  const lines = linesOf(root);
  const at = openQuoteAt(lines.map(({ text }) => text));
  const line = lines[at];
  if (!line) return null;
  let first: ChildNode = line.node;
  for (let up = first.parentNode; up && up !== root && !hasTextBefore(up, first); up = first.parentNode) first = up as Element;
  const rule = previousElement(first);
  if (rule?.tagName === "HR") first = rule;
  const last = first.parentNode?.lastChild;
  return last ? { first, last } : null;
}

interface Line {
  readonly text: string;
  readonly node: Text;
}

function linesOf(root: HTMLElement): readonly Line[] {
  const lines: { text: string; node: Text }[] = [];
  let isNew = true;
  const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType !== Node.TEXT_NODE) {
      isNew ||= BREAK.test(node.nodeName);
      continue;
    }
    const text = (node.nodeValue ?? "").replace(/\s+/gu, " ");
    const last = lines.at(-1);
    if (text.trim() === "" && isNew) continue;
    if (isNew || !last) lines.push({ text, node: node as Text });
    else last.text += text;
    isNew = false;
  }
  return lines;
}

function hasTextBefore(parent: Node, child: ChildNode): boolean {
  for (const node of parent.childNodes) {
    if (node === child) return false;
    if ((node.textContent ?? "").trim() !== "") return true;
  }
  return false;
}

function previousElement(node: ChildNode): Element | null {
  for (let each = node.previousSibling; each; each = each.previousSibling) {
    if (each.nodeType === Node.ELEMENT_NODE) return each as Element;
    if ((each.textContent ?? "").trim() !== "") return null;
  }
  return null;
}

function isBefore(quote: Quote, other: Quote): boolean {
  return (quote.last.compareDocumentPosition(other.first) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0 && !quote.last.contains(other.first);
}

/** The words between two nodes, from the beginning or up to the end of the mail where one is null. */
function textBetween(root: HTMLElement, from: ChildNode | null, to: ChildNode | null): string {
  const range = root.ownerDocument.createRange();
  if (from) range.setStartAfter(from);
  else range.setStart(root, 0);
  if (to) range.setEndBefore(to);
  else range.setEnd(root, root.childNodes.length);
  return range.toString().trim();
}

function wrap({ first, last }: Quote, { label, isOpen }: FoldOptions): void {
  const parent = first.parentElement;
  if (!parent || STRICT.test(parent.tagName)) return;
  const details = parent.ownerDocument.createElement("details");
  const summary = parent.ownerDocument.createElement("summary");
  details.className = FOLDED;
  details.open = isOpen;
  summary.textContent = "•••";
  summary.setAttribute("aria-label", label);
  summary.title = label;
  details.append(summary);
  parent.insertBefore(details, first);
  for (let node: ChildNode | null = first; node; ) {
    const next: ChildNode | null = node === last ? null : node.nextSibling;
    details.append(node);
    node = next;
  }
}
