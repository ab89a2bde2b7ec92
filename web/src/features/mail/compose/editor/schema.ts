/**
 * What a letter may be made of, and how mail programs are told.
 *
 * Every style stands in its element, as Outlook and web mail ignore or rewrite style sheets. What
 * a letter can hold but this editor can't write, tables and quoted mail, is kept whole in one
 * block that can be moved and removed.
 */
import type { DOMOutputSpec, MarkSpec, Node as Block, NodeSpec } from "prosemirror-model";
import { Schema } from "prosemirror-model";
import { cleanedHtml } from "../quote";
import { INK, keptColour } from "./colours";

export const QUOTE_BAR = "margin:0 0 0 4px;padding:0 0 0 12px;border-left:2px solid #c8ccd2";
const NO_GAP = "margin:0";
const LIST = "margin:0 0 0 24px;padding:0";
const LINK = /^(?:https?:|mailto:|tel:)/iu;
/** What fonts and sizes other programs may have written, and an office wants to keep. */
const KEPT_STYLE = /^(?:font-family|font-size)$/u;

export type KeptKind = "quote" | "forward" | "table";

const nodes: Record<string, NodeSpec> = {
  doc: { content: "block+" },
  paragraph: {
    content: "inline*", group: "block", attrs: { align: { default: null } },
    parseDOM: [{ tag: "p", getAttrs: alignOf }, { tag: "address" }, { tag: "pre", preserveWhitespace: "full" }],
    toDOM: ({ attrs }): DOMOutputSpec => ["p", { style: NO_GAP + alignment(attrs) }, 0],
  },
  heading: {
    content: "inline*", group: "block", attrs: { level: { default: 2 }, align: { default: null } }, defining: true,
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${String(level)}`, getAttrs: (dom: HTMLElement) => ({ level: Math.min(3, level), ...alignOf(dom) }) })),
    toDOM: ({ attrs }): DOMOutputSpec => [`h${String(attrs["level"])}`, { style: `margin:0;font-size:18px;line-height:1.3${alignment(attrs)}` }, 0],
  },
  blockquote: {
    content: "block+", group: "block", defining: true,
    parseDOM: [{ tag: "blockquote" }],
    toDOM: (): DOMOutputSpec => ["blockquote", { style: QUOTE_BAR }, 0],
  },
  bullet_list: {
    content: "list_item+", group: "block",
    parseDOM: [{ tag: "ul" }],
    toDOM: (): DOMOutputSpec => ["ul", { style: LIST }, 0],
  },
  ordered_list: {
    content: "list_item+", group: "block", attrs: { order: { default: 1 } },
    parseDOM: [{ tag: "ol", getAttrs: (dom) => ({ order: Number(dom.getAttribute("start")) || 1 }) }],
    toDOM: ({ attrs }): DOMOutputSpec => ["ol", attrs["order"] === 1 ? { style: LIST } : { style: LIST, start: attrs["order"] as number }, 0],
  },
  list_item: {
    content: "paragraph block*", defining: true,
    parseDOM: [{ tag: "li" }],
    toDOM: (): DOMOutputSpec => ["li", 0],
  },
  signature: {
    content: "block+", group: "block", isolating: true, defining: true,
    parseDOM: [{ tag: "div.poststelle-signature", priority: 90 }],
    toDOM: (): DOMOutputSpec => ["div", { class: "poststelle-signature" }, 0],
  },
  horizontal_rule: { group: "block", parseDOM: [{ tag: "hr" }], toDOM: (): DOMOutputSpec => ["hr"] },
  kept: {
    group: "block", atom: true, selectable: true, draggable: true, attrs: { kind: {}, html: {} },
    parseDOM: [
      { tag: "div.poststelle-quote", priority: 90, getAttrs: (dom) => ({ kind: "quote", html: dom.innerHTML }) },
      { tag: "div.poststelle-forward", priority: 90, getAttrs: (dom) => ({ kind: "forward", html: dom.innerHTML }) },
      { tag: "table", priority: 90, getAttrs: (dom) => ({ kind: "table", html: cleanedHtml(dom.outerHTML) }) },
    ],
    toDOM: keptDom,
  },
  text: { group: "inline" },
  image: {
    inline: true, group: "inline", draggable: true,
    attrs: { src: {}, alt: { default: "" }, width: { default: null }, height: { default: null } },
    parseDOM: [{
      tag: "img[src]",
      getAttrs: (dom) => {
        const src = dom.getAttribute("src") ?? "";
        if (!/^(?:cid|https?):/iu.test(src)) return false; // a file of somebody's own machine shows nothing elsewhere
        return { src, alt: dom.getAttribute("alt") ?? "", width: sizeOf(dom, "width"), height: sizeOf(dom, "height") };
      },
    }],
    toDOM: ({ attrs }): DOMOutputSpec => ["img", { src: String(attrs["src"]), alt: String(attrs["alt"]), ...sizes(attrs), style: "max-width:100%" }],
  },
  hard_break: { inline: true, group: "inline", selectable: false, parseDOM: [{ tag: "br" }], toDOM: (): DOMOutputSpec => ["br"] },
};

const marks: Record<string, MarkSpec> = {
  link: {
    attrs: { href: {} }, inclusive: false,
    parseDOM: [{
      tag: "a[href]",
      getAttrs: (dom) => {
        const href = dom.getAttribute("href")?.trim() ?? "";
        return LINK.test(href) ? { href } : false;
      },
    }],
    toDOM: ({ attrs }): DOMOutputSpec => ["a", { href: String(attrs["href"]) }, 0],
  },
  highlight: {
    attrs: { colour: {} },
    parseDOM: [{ tag: "span[style]", consuming: false, getAttrs: (dom) => colourOf((dom as HTMLElement).style.backgroundColor) }],
    toDOM: ({ attrs }): DOMOutputSpec => ["span", { style: `background-color:${String(attrs["colour"])};color:${INK.hex}` }, 0],
  },
  colour: {
    attrs: { colour: {} },
    parseDOM: [
      { tag: "span[style]", consuming: false, getAttrs: (dom) => colourOf((dom as HTMLElement).style.color) },
      { tag: "font[color]", consuming: false, getAttrs: (dom) => colourOf(dom.getAttribute("color") ?? "") },
    ],
    toDOM: ({ attrs }): DOMOutputSpec => ["span", { style: `color:${String(attrs["colour"])}` }, 0],
  },
  styled: {
    attrs: { style: {} },
    parseDOM: [{
      tag: "span[style]",
      getAttrs: (dom) => {
        const style = keptStyle((dom as HTMLElement).style);
        return style === "" ? false : { style };
      },
    }],
    toDOM: ({ attrs }): DOMOutputSpec => ["span", { style: String(attrs["style"]) }, 0],
  },
  strong: {
    parseDOM: [{ tag: "strong" }, { tag: "b", getAttrs: (dom) => (dom as HTMLElement).style.fontWeight !== "normal" && null }, { style: "font-weight", getAttrs: (value) => /^(?:bold(?:er)?|[6-9]\d\d)$/u.test(value) && null }],
    toDOM: (): DOMOutputSpec => ["b", 0],
  },
  em: { parseDOM: [{ tag: "i" }, { tag: "em" }, { style: "font-style=italic" }], toDOM: (): DOMOutputSpec => ["i", 0] },
  underline: { parseDOM: [{ tag: "u" }, { style: "text-decoration=underline" }], toDOM: (): DOMOutputSpec => ["u", 0] },
  strike: { parseDOM: [{ tag: "s" }, { tag: "strike" }, { tag: "del" }, { style: "text-decoration=line-through" }], toDOM: (): DOMOutputSpec => ["s", 0] },
};

export const schema = new Schema({ nodes, marks });

function alignOf(dom: HTMLElement): { align: string | null } {
  const align = dom.style.textAlign || (dom.getAttribute("align") ?? "").toLowerCase();
  return { align: align === "center" || align === "right" ? align : null };
}

function alignment({ align }: Record<string, unknown>): string {
  return typeof align === "string" ? `;text-align:${align}` : "";
}

function colourOf(said: string): { colour: string } | false {
  const colour = keptColour(said);
  return colour === null ? false : { colour };
}

function keptStyle(style: CSSStyleDeclaration): string {
  return [...style]
    .filter((name) => KEPT_STYLE.test(name) && !/^(?:initial|inherit)$/u.test(style.getPropertyValue(name)))
    .map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
}

function sizeOf(dom: HTMLElement, side: "width" | "height"): number | null {
  const size = Number.parseInt(dom.getAttribute(side) ?? "", 10);
  return size > 0 && size < 10_000 ? size : null;
}

function sizes({ width, height }: Record<string, unknown>): Record<string, string> {
  return { ...(typeof width === "number" ? { width: String(width) } : {}), ...(typeof height === "number" ? { height: String(height) } : {}) };
}

/** Built in a document that fetches nothing, whatever the kept HTML names. */
function keptDom({ attrs }: Block): DOMOutputSpec {
  const { body } = new DOMParser().parseFromString(String(attrs["html"]), "text/html");
  if (attrs["kind"] === "table") return body.firstElementChild ?? body.ownerDocument.createElement("p");
  const div = body.ownerDocument.createElement("div");
  div.className = `poststelle-${String(attrs["kind"])}`;
  div.append(...body.childNodes);
  return div;
}
