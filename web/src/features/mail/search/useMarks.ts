import { useEffect, useMemo } from "react";
import { finder } from "./found";

const NAME = "found"; // in styles/main.css and html/frame.ts: ::highlight(found)
const MOST_RANGES = 2_000;

/** Mark words in a document without touching it; the answer takes the marks away. Source: CSS Custom Highlight API Module Level 1. */
export function markWords(root: Node, words: readonly string[]): () => void {
  const find = finder(words);
  const view = root.ownerDocument?.defaultView;
  if (!find || !view || !("highlights" in view.CSS)) return () => undefined;
  const registry = view.CSS.highlights;
  const highlight = registry.get(NAME) ?? new view.Highlight(); // several messages share it
  const ranges = rangesIn(root, find);
  for (const range of ranges) highlight.add(range);
  registry.set(NAME, highlight);
  return () => {
    for (const range of ranges) highlight.delete(range);
    if (highlight.size === 0) registry.delete(NAME);
  };
}

function rangesIn(root: Node, find: NonNullable<ReturnType<typeof finder>>): Range[] {
  const document = root.ownerDocument as Document;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const ranges: Range[] = [];
  for (let node = walker.nextNode(); node && ranges.length < MOST_RANGES; node = walker.nextNode()) {
    for (const { from, to } of find(node.nodeValue ?? "")) {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      ranges.push(range);
    }
  }
  return ranges;
}

/** Keep words marked in a part of the page that may grow while it is read. */
export function useMarks(root: React.RefObject<HTMLElement | null>, words: readonly string[]): void {
  const key = useMemo(() => words.join("\n"), [words]);
  useEffect(() => {
    const element = root.current;
    if (!element || key === "") return;
    let unmark = markWords(element, key.split("\n"));
    const watcher = new MutationObserver(() => {
      unmark();
      unmark = markWords(element, key.split("\n"));
    });
    watcher.observe(element, { childList: true, subtree: true, characterData: true });
    return () => {
      watcher.disconnect();
      unmark();
    };
  }, [root, key]);
}
