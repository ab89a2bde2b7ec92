/** Full texts for those that do not fit: a tooltip exactly when something is cut off. */
import type { PointerEvent } from "react";

/** Put on an element around texts with the class `truncate`. */
export function tellCutText({ currentTarget }: PointerEvent<HTMLElement>): void {
  const texts = [...currentTarget.querySelectorAll<HTMLElement>(".truncate")];
  const cut = texts.filter((text) => text.scrollWidth > text.clientWidth).map((text) => text.textContent);
  currentTarget.title = cut.join("\n");
}
