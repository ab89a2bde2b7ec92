import type { RefObject } from "react";
import { useLayoutEffect, useState } from "react";

export interface FixedRows {
  /** Rows to draw: those on screen and some on each side. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Rows on screen alone. */
  readonly first: number;
  readonly last: number;
}

const SPARE_ROWS = 8;

/**
 * Which rows of one height are on screen. The work does not grow with the
 * list: a million rows cost what fifty do.
 */
export function useFixedRows(scroller: RefObject<HTMLElement | null>, count: number, height: number): FixedRows {
  const [shown, setShown] = useState({ first: 0, last: 20 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = (): void => {
      const first = Math.floor(element.scrollTop / height);
      const last = Math.ceil((element.scrollTop + element.clientHeight) / height);
      setShown((old) => (old.first === first && old.last === last ? old : { first, last }));
    };
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [scroller, height]);
  const { first, last } = shown;
  return { first, last, from: Math.max(0, Math.min(first, count) - SPARE_ROWS), to: Math.min(count, last + SPARE_ROWS) };
}
