import type { RefObject } from "react";
import { useLayoutEffect, useRef } from "react";
import type { Slot } from "@/store";
import type { ListPlace } from "../state/place";

/**
 * A list stands where it was left. While rows come or go above it, what the user
 * looks at stays where it is; at the very top new mail is let in instead. Rows of
 * another height, in another layout, begin with the same one.
 */
export function useOwnPlace(scroller: RefObject<HTMLElement | null>, place: ListPlace, rows: readonly Slot[], height: number): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const last = place.last();
    if (last) {
      before.current = last.rows;
      element.scrollTo({ top: last.top, behavior: "instant" });
    }
    // The rows' own `before` is what was on screen: rows of a later render are not drawn yet.
    return () => { place.keep({ top: element.scrollTop, rows: before.current }); };
    // A place has a list of its own; another name mounts another list.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [scroller, place.name]);
  const drawn = useRef(height);
  useLayoutEffect(() => {
    const [element, was] = [scroller.current, drawn.current];
    drawn.current = height;
    if (element && was !== height) element.scrollTo({ top: (element.scrollTop * height) / was, behavior: "instant" });
  }, [scroller, height]);
  useLayoutEffect(() => {
    const old = before.current;
    before.current = rows;
    const element = scroller.current;
    if (!element || old === rows || element.scrollTop < height / 2) return;
    const first = Math.floor(element.scrollTop / height);
    for (let at = first; at < Math.min(old.length, first + 20); at += 1) {
      const id = old[at];
      const to = id ? rows.indexOf(id) : -1;
      if (to < 0) continue;
      if (to !== at) element.scrollBy({ top: (to - at) * height, behavior: "instant" });
      return;
    }
  }, [scroller, rows, height]);
}
