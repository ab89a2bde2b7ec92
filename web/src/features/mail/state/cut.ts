/** Full texts for those that do not fit: a tooltip exactly when something is cut off. */
import type { PointerEvent } from "react";

/** Put on an element around texts with the class `truncate`, or `line-clamp-2` for two lines. */
export function tellCutText({ currentTarget }: PointerEvent<HTMLElement>): void {
  const texts = [...currentTarget.querySelectorAll<HTMLElement>(".truncate, .line-clamp-2")];
  const cut = texts.filter((text) => text.scrollWidth > text.clientWidth || text.scrollHeight > text.clientHeight).map((text) => text.textContent);
  currentTarget.title = cut.join("\n");
}
