/** HTML that would hold the page up for seconds, and what it says as plain text. */

const MOST_LETTERS = 1_500_000;
const MOST_TAGS = 15_000;
/** Long exchanges nest hundreds of quotes; beyond this only machines do. Browsers themselves stop at 512. */
const DEEPEST = 500;
const TAG = /<(\/?)([a-z][a-z0-9]{0,15})/gi;
/** They end by themselves. */
const FLAT = /^(?:br|hr|img|input|meta|link|col|area|base|wbr|embed|source|p|li|td|th|tr|dt|dd|tbody|thead|tfoot|option)$/i;

/** Whether laying this out would take so long that its text is the better first sight. */
export function isHeavy(html: string): boolean {
  if (html.length > MOST_LETTERS) return true;
  let [tags, depth] = [0, 0];
  for (const [, end, name] of html.matchAll(TAG)) {
    tags += 1;
    if (!FLAT.test(name ?? "")) depth = Math.max(0, depth + (end ? -1 : 1));
    if (tags > MOST_TAGS || depth > DEEPEST) return true;
  }
  return false;
}

const BLOCK = /^(?:ADDRESS|ARTICLE|BLOCKQUOTE|BR|CENTER|DD|DIV|DL|DT|H[1-6]|HR|LI|OL|P|PRE|SECTION|TABLE|TR|UL)$/;
const SILENT = /^(?:HEAD|NOSCRIPT|SCRIPT|STYLE|TEMPLATE|TITLE)$/;

/** The words of `html`, a line for each block, links with their address. The parsed document fetches and runs nothing. */
export function wordsOf(html: string): string {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const walker = parsed.createTreeWalker(parsed.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    (SILENT.test(node.nodeName) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  const lines: string[] = [];
  let line = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) line += textOf(node as Text);
    else if (BLOCK.test(node.nodeName)) {
      lines.push(line);
      line = "";
    }
  }
  return [...lines, line].map((each) => each.replace(/\s+/gu, " ").trim()).join("\n").replace(/\n{3,}/gu, "\n\n").trim();
}

function textOf(node: Text): string {
  const link = node.parentElement;
  const href = link?.tagName === "A" ? (link.getAttribute("href") ?? "") : "";
  return /^https?:/iu.test(href) && node.data.trim() !== "" && !node.data.includes(href) ? `${node.data} (${href})` : node.data;
}
