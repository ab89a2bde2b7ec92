/** The bars at the lower edge that toasts stand on rather than over: they name themselves by `ref={toastFloor}`. */
import { Listeners } from "@/lib/value";

const GAP_PX = 8;

type Box = Pick<DOMRect, "left" | "right" | "top" | "bottom">;

const floors = new Set<Element>();
const news = new Listeners();

/** A `ref` for a bar with buttons. */
export function toastFloor(bar: Element | null): () => void {
  if (bar) floors.add(bar);
  news.tell();
  return () => {
    if (bar) floors.delete(bar);
    news.tell();
  };
}

/** How far up, in pixels, what would stand at `box` has to go to lie over none of the bars. */
export function heightAbove(box: Box, bars: readonly Box[] = [...floors].map((bar) => bar.getBoundingClientRect())): number {
  let rise = 0;
  for (const bar of bars.filter((each) => isSeen(each) && each.left < box.right && box.left < each.right).toSorted((one, other) => other.top - one.top)) {
    if (bar.top < box.bottom - rise && box.top - rise < bar.bottom) rise = box.bottom - bar.top + GAP_PX;
  }
  return rise;
}

function isSeen({ left, right, top, bottom }: Box): boolean {
  return right > left && bottom > top;
}

/** Hear whenever a bar, or what stands on them, comes, goes or is another size; the answer ends that. */
export function followFloors(above: Element, listener: () => void): () => void {
  const sizes = new ResizeObserver(listener);
  const watch = (): void => {
    sizes.disconnect();
    for (const each of [above, document.documentElement, ...floors]) sizes.observe(each);
  };
  watch();
  const end = news.add(watch); // observing tells the size at once
  return () => {
    end();
    sizes.disconnect();
  };
}
