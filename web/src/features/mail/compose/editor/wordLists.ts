/**
 * Lists on their way from Word's clipboard: there they are paragraphs with `mso-list` in their style, of which level
 * they are, and with their sign as text. Without this the sign would stay as text, and the list would be none.
 * Source: Word's HTML ("filtered" or not), as Word 16 puts it on the clipboard: `mso-list:l0 level1 lfo1`, and the sign in a
 * span with `mso-list:Ignore`.
 */

const LEVEL = /mso-list:[^;]*\blevel(\d)/iu;
const NUMBERED = /^\s*(?:\d+|[a-z]{1,4})[.)]/iu;

/** The same HTML with its lists as lists; HTML without any of Word's is returned as it is. */
export function withLists(html: string): string {
  if (!LEVEL.test(html)) return html;
  const { body } = new DOMParser().parseFromString(html, "text/html");
  let open: readonly Element[] = [];
  let last: Element | null = null;
  for (const line of body.querySelectorAll("p[style*='mso-list' i]")) {
    const level = Number(LEVEL.exec(line.getAttribute("style") ?? "")?.[1] ?? 0);
    if (level === 0) continue;
    if (last === null || line.previousElementSibling !== last) open = []; // another list
    const kind = takeSign(line);
    const list = listAt(open, level, kind, line);
    open = [...open.slice(0, level - 1), ...Array.from({ length: Math.max(0, level - 1 - open.length) }, () => list), list];
    const item = line.ownerDocument.createElement("li");
    const text = line.ownerDocument.createElement("p");
    text.append(...line.childNodes);
    item.append(text);
    list.append(item);
    last = open[0] ?? null;
    line.remove();
  }
  return body.innerHTML;
}

/** The list for an item of this level: that of the item before, a new one within that item, or one in the line's place. */
function listAt(open: readonly Element[], level: number, kind: "ol" | "ul", line: Element): Element {
  const there = open[level - 1];
  if (there?.localName === kind) return there;
  const list = line.ownerDocument.createElement(kind);
  const parent = open.slice(0, level - 1).at(-1)?.lastElementChild;
  if (parent) parent.append(list);
  else line.before(list);
  return list;
}

/** Take the sign out of the line; it tells which kind of list it is. */
function takeSign(line: Element): "ol" | "ul" {
  const sign = [...line.querySelectorAll("span")].find((each) => /mso-list:\s*ignore/iu.test(each.getAttribute("style") ?? ""));
  const words = sign?.textContent ?? "";
  sign?.remove();
  return NUMBERED.test(words) ? "ol" : "ul";
}
