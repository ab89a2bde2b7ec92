/**
 * Make a mail's HTML safe to show in the sandboxed frame.
 *
 *     sender's HTML ──purify──> known tags only ──links, pictures, styles──> what the frame shows
 *
 * Nothing in it fetches anything from outside. Pictures from there are held back, or named so that
 * the page can put in what its server brings of them (`preview/outside.ts`).
 */
import DOMPurify from "dompurify";
import type { Config } from "dompurify";
import { withoutTurning } from "@/lib/turning";
import { isColoured, isRemote, namesColour, overHttps, readableSheet, safeCss, safeCssFor, withOwnIds } from "./css";

export interface SafeOptions {
  /**
   * Pictures from outside: `held` back, `named` by their number in `SafeHtml.outside` because the reader asked for
   * them, or `kept` with their addresses, for a letter of ours that is not shown.
   */
  readonly outside: "held" | "named" | "kept";
  /** The address under which an inline picture can be shown, null when there is none. */
  readonly cidUrl: (cid: string) => string | null;
  /** Rearranges the clean body, with what is safe only. */
  readonly fold?: (body: HTMLElement) => void;
}

export interface SafeHtml {
  readonly body: string;
  readonly styles: string;
  /** Colours and direction of the mail's own body element, as a style attribute's text. */
  readonly bodyStyle: string;
  readonly direction: "ltr" | "rtl" | "auto";
  /** It names no colours, but for links and black ink, and no backgrounds: it may be shown in those of the page. */
  readonly isPlain: boolean;
  /** Running text without tables: lines may be kept to a readable length. */
  readonly isText: boolean;
  readonly hasRemote: boolean;
  /** The addresses of pictures from outside, each once; those that only count readers are none of them. */
  readonly outside: readonly string[];
  /** Content ids that the text refers to. */
  readonly cids: ReadonlySet<string>;
}

const PROFILE: Config = {
  USE_PROFILES: { html: true },
  WHOLE_DOCUMENT: true,
  RETURN_DOM: true,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ADD_ATTR: ["background", "bgcolor", "text", "target"],
  FORBID_TAGS: [
    "form", "input", "button", "select", "textarea", "option", "optgroup", "datalist", "fieldset", "legend", "output",
    "video", "audio", "source", "track", "picture", "dialog", "template", "slot", "noscript", "map", "area", "meter", "progress",
    "bdo",
  ],
  SANITIZE_NAMED_PROPS: true, // ids begin with a word that nothing of ours has: sheets go by them
  FORBID_ATTR: ["name", "srcset", "sizes", "poster", "action", "formaction", "autofocus", "tabindex", "popover", "usemap"],
  ADD_URI_SAFE_ATTR: ["media"], // `safeCssFor` judges it; without it, rules for paper would count everywhere
  // Named schemes, or a value without any; it judges every attribute, widths and colours too.
  ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|tel|cid):|data:image\/|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
};

/** DOMPurify drops an attribute that looks like the end of something; rules without their conditions would count everywhere. */
const ENDS_SOMETHING = /--|[\]!]>|<\//;
const UNREADABLE = ";";
if (DOMPurify.isSupported) {
  // It drops every sheet in which it sees markup. HTML's own alone: in SVG and MathML a sheet has elements, and goes with them.
  DOMPurify.addHook("beforeSanitizeElements", (node) => {
    if (node instanceof HTMLStyleElement && node.firstElementChild === null) node.textContent = readableSheet(node.textContent);
  });
  DOMPurify.addHook("uponSanitizeAttribute", (_, attribute) => {
    if (attribute.attrName === "media" && ENDS_SOMETHING.test(attribute.attrValue)) attribute.attrValue = UNREADABLE;
  });
}

const LINK = /^(?:https?:|mailto:|tel:)/i;
const SAFE_DATA = /^data:image\/(?:png|gif|jpe?g|webp|bmp|avif)[;,]/i;

/** Clean `html`. Any text is accepted; the worst outcome is an empty body. */
export function safeHtml(html: string, options: SafeOptions): SafeHtml {
  const root = DOMPurify.sanitize(html, { ...PROFILE, RETURN_DOM: true }) as unknown as HTMLElement;
  const body = root.querySelector("body") ?? root;
  const seen: Seen = { hasRemote: false, outside: new Map<string, number>(), cids: new Set<string>() };
  for (const element of root.querySelectorAll<HTMLElement>("[style]")) cleanStyle(element, options, seen);
  for (const element of root.querySelectorAll<HTMLElement>("[background]")) cleanBackground(element, options, seen);
  keepDirection(root);
  for (const image of [...root.querySelectorAll("img")]) cleanImage(image, options, seen);
  for (const link of root.querySelectorAll("a")) cleanLink(link);
  const styles = [...root.querySelectorAll("style")].map((style) => takeStyles(style, options, seen)).join("\n");
  options.fold?.(body as HTMLElement);
  return {
    body: body.innerHTML, styles, bodyStyle: bodyStyle(body), direction: directionOf(root, body),
    isPlain: !hasColours(root, styles), isText: root.querySelector("table,pre") === null,
    hasRemote: seen.hasRemote, outside: [...seen.outside.keys()], cids: seen.cids,
  };
}

function hasColours(root: Element, styles: string): boolean {
  return isColoured(styles) || root.querySelector("[bgcolor],[background]") !== null
    || [...root.querySelectorAll("[color],[text]")].some((each) => namesColour(`color:${each.getAttribute("color") ?? each.getAttribute("text") ?? ""}`))
    || [...root.querySelectorAll("[style]")].some((element) => namesColour(element.getAttribute("style") ?? ""));
}

interface Seen {
  hasRemote: boolean;
  readonly outside: Map<string, number>;
  readonly cids: Set<string>;
}

function cleanStyle(element: HTMLElement, options: SafeOptions, seen: Seen): void {
  const { css, hasRemote } = safeCss(element.getAttribute("style") ?? "", (url) => inStyle(url, options, seen));
  seen.hasRemote ||= hasRemote;
  element.setAttribute("style", css);
}

const STYLE_SHEET = /^\s*(?:text\/css)?\s*$/i;

/** What is no CSS, as `text/less`, counts in no browser. */
function takeStyles(style: Element, options: SafeOptions, seen: Seen): string {
  if (!STYLE_SHEET.test(style.getAttribute("type") ?? "")) {
    style.remove();
    return "";
  }
  const { css, hasRemote } = safeCssFor(style.getAttribute("media") ?? "", style.textContent, (url) => inStyle(url, options, seen));
  seen.hasRemote ||= hasRemote;
  style.remove();
  return withOwnIds(css);
}

/** What stands in a style for a picture from outside: its address, or a variable that the page may set. */
function inStyle(url: string, { outside }: SafeOptions, seen: Seen): string | null {
  if (outside === "held") return null;
  return outside === "kept" ? `url("${url}")` : `var(${variableOf(numberOf(url, seen))},none)`;
}

/** The variable of a picture from outside that stands in a style. */
export function variableOf(number: number): string {
  return `--outside-${String(number)}`;
}

function numberOf(url: string, { outside }: Seen): number {
  const number = outside.get(url) ?? outside.size;
  outside.set(url, number);
  return number;
}

function cleanBackground(element: HTMLElement, options: SafeOptions, seen: Seen): void {
  const shown = pictureUrl(element.getAttribute("background") ?? "", options, seen);
  element.removeAttribute("background");
  if (!shown) return;
  const url = encodeURI(shown).replace(/"/g, "%22");
  const isOutside = options.outside === "named" && /^https:/i.test(url);
  element.style.backgroundImage = isOutside ? `var(${variableOf(numberOf(url, seen))},none)` : `url("${url}")`;
}

function cleanImage(image: HTMLImageElement, options: SafeOptions, seen: Seen): void {
  const shown = pictureUrl(image.getAttribute("src") ?? "", options, seen);
  if (shown && options.outside === "named" && /^https:/i.test(shown)) {
    nameImage(image, shown, seen);
    return;
  }
  if (shown) {
    image.setAttribute("src", shown);
    image.setAttribute("loading", "lazy");
    image.setAttribute("referrerpolicy", "no-referrer");
    return;
  }
  image.replaceWith(...heldPicture(image));
}

/** To be put in by the page, and known by its number until then. One that only counts readers is never fetched. */
function nameImage(image: HTMLImageElement, url: string, seen: Seen): void {
  if (isCounter(image)) {
    image.remove();
    return;
  }
  image.removeAttribute("src");
  image.setAttribute("data-outside", String(numberOf(url, seen)));
}

const SIZE = /^\d{1,4}(?:\.\d+)?(?:px|%)?$/i;

function isCounter(image: HTMLImageElement): boolean {
  const sizes = [sizeOf(image, "width"), sizeOf(image, "height")];
  return sizes.some((size) => size !== null && Number.parseFloat(size) <= 2);
}

/** A quiet box of the picture's size with its words; nothing at all for a counting pixel. */
function heldPicture(image: HTMLImageElement): readonly HTMLElement[] {
  const [width, height] = [sizeOf(image, "width"), sizeOf(image, "height")];
  if (isCounter(image)) return [];
  const box = image.ownerDocument.createElement("span");
  const words = image.getAttribute("alt")?.trim() ?? "";
  box.setAttribute("style", image.getAttribute("style") ?? "");
  box.setAttribute("data-held", "");
  if (words) {
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", words);
    box.textContent = words;
  }
  if (width) box.style.width = width;
  if (height) box.style.height = height;
  return [box];
}

function sizeOf(image: HTMLImageElement, side: "width" | "height"): string | null {
  const told = image.getAttribute(side)?.trim() ?? "";
  if (!SIZE.test(told)) return image.style[side] || null;
  return /[%x]$/i.test(told) ? told : `${told}px`;
}

/** Where a picture may be taken from, null when it is held back or nowhere. */
function pictureUrl(source: string, { outside, cidUrl }: SafeOptions, seen: Seen): string | null {
  const url = source.trim();
  if (/^cid:/i.test(url)) {
    const cid = bareCid(url.slice(4));
    seen.cids.add(cid);
    return cidUrl(cid);
  }
  if (SAFE_DATA.test(url)) return url;
  if (!isRemote(url)) return null;
  seen.hasRemote = true;
  return outside === "held" ? null : overHttps(url);
}

/**
 * No mark may show a link, or a name, as another one: not in what is read, nor in what a pointer
 * that rests on it is told. Which way a text runs is said by its letters and by `dir`.
 */
function keepDirection(root: HTMLElement): void {
  for (const element of root.querySelectorAll("[title],[alt]")) {
    for (const name of ["title", "alt"]) {
      const words = element.getAttribute(name);
      if (words !== null) element.setAttribute(name, withoutTurning(words));
    }
  }
  if (withoutTurning(root.textContent) === root.textContent) return;
  const texts = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.nodeValue = withoutTurning(texts.currentNode.nodeValue ?? "");
}

/** Links open in a new window that knows nothing of ours; the title tells where they really lead. */
function cleanLink(link: HTMLAnchorElement): void {
  // Encoded, as the browser would send them: so the address that is told reads as it is.
  const href = (link.getAttribute("href") ?? "").trim().replace(/[\u202a-\u202e\u2066-\u2069]/g, encodeURIComponent);
  if (!LINK.test(href)) {
    link.removeAttribute("href");
    return;
  }
  link.setAttribute("href", href);
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer nofollow");
  link.setAttribute("title", href.length > 300 ? `${href.slice(0, 300)}…` : href);
}

function bodyStyle(body: Element): string {
  const colour = (name: string): string => (/^[#\w]{1,30}$/.exec(body.getAttribute(name) ?? "") ?? [""])[0];
  const parts = [
    colour("bgcolor") && `background-color:${colour("bgcolor")}`, colour("text") && `color:${colour("text")}`,
    (body.getAttribute("style") ?? "").replace(/(?:^|;)\s*(?:height|min-height|max-height|overflow[-xy]*|display|visibility)\s*:[^;]*/gi, ""),
  ];
  return parts.filter(Boolean).join(";");
}

function directionOf(root: Element, body: Element): SafeHtml["direction"] {
  const told = body.getAttribute("dir") ?? root.getAttribute("dir");
  return told === "rtl" || told === "ltr" ? told : "auto";
}

/** A content id without brackets and percent-encoding. Source: RFC 2392. */
export function bareCid(cid: string): string {
  return percentDecoded(cid.trim()).replace(/^<|>$/g, "");
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign is part of the id
  }
}
