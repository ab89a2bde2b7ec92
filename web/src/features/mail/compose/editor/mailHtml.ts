/** Between the editor's document and the HTML that goes out. */
import type { Node as Block } from "prosemirror-model";
import { DOMParser as BlockParser, DOMSerializer } from "prosemirror-model";
import { withHex } from "./colours";
import { schema } from "./schema";

/** The document as mail HTML: empty lines are as high as others, in Outlook too. */
export function htmlOf(doc: Block): string {
  const inert = document.implementation.createHTMLDocument("");
  const holder = inert.createElement("div");
  holder.append(DOMSerializer.fromSchema(schema).serializeFragment(doc.content, { document: inert }));
  for (const empty of holder.querySelectorAll("p:empty, h1:empty, h2:empty, h3:empty")) empty.append(inert.createElement("br"));
  for (const coloured of holder.querySelectorAll("span[style]")) coloured.setAttribute("style", withHex(coloured.getAttribute("style") ?? ""));
  return holder.innerHTML;
}

/** HTML that is safe already as a document. A line that holds a break alone is an empty one. */
export function docOf(html: string): Block {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const line of body.querySelectorAll("p, div, li, h1, h2, h3")) {
    if (line.closest(".poststelle-quote, .poststelle-forward, table")) continue; // kept as they are
    const only = line.childNodes.length === 1 ? line.firstChild : null;
    if (only?.nodeName === "BR" || only?.textContent === "\u00a0") only.remove();
  }
  return BlockParser.fromSchema(schema).parse(body);
}

/** What is left of a letter's HTML in plain text, a line for each paragraph; quotes begin with ">", links name their address. */
export function plainOf(html: string): string {
  return linesOf(new DOMParser().parseFromString(html, "text/html").body).join("\n");
}

const BLOCK = /^(?:P|DIV|UL|OL|LI|BLOCKQUOTE|H[1-6]|TABLE|TBODY|THEAD|TR|PRE|HR)$/u;

function linesOf(parent: Element): readonly string[] {
  const lines: string[] = [];
  let line = "";
  const end = (): void => {
    if (line.trim() !== "") lines.push(line.trim());
    line = "";
  };
  for (const node of parent.childNodes) {
    if (!(node instanceof Element)) line += (node.textContent ?? "").replace(/\s+/gu, " ");
    else if (node.tagName === "BR") {
      lines.push(line.trim());
      line = "";
    } else if (BLOCK.test(node.tagName)) {
      end();
      lines.push(...blockLines(node));
    } else line += linesOf(node).join("\n") + addressOf(node);
  }
  end();
  return lines;
}

function blockLines(block: Element): readonly string[] {
  switch (block.tagName) {
    case "HR": return ["---"];
    case "TR": return [[...block.children].map((cell) => linesOf(cell).join(" ")).join("\t")];
    case "BLOCKQUOTE": return linesOf(block).map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`));
    case "UL": case "OL": return [...block.children].flatMap((item, at) => {
      const sign = block.tagName === "OL" ? `${String(at + 1)}. ` : "- ";
      return linesOf(item).map((line, i) => (i === 0 ? sign : "  ") + line);
    });
    default: {
      const lines = linesOf(block);
      return lines.length === 0 && block.tagName !== "DIV" ? [""] : lines;
    }
  }
}

function addressOf(link: Element): string {
  const href = link.tagName === "A" ? (link.getAttribute("href") ?? "") : "";
  return /^https?:/iu.test(href) && !href.includes(link.textContent) && !link.textContent.includes(href) ? ` (${href})` : "";
}
