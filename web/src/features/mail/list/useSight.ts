import type { RefObject } from "react";
import { useEffect, useImperativeHandle, useLayoutEffect, useRef } from "react";
import type { EmailId } from "@/jmap";
import type { MessageList, Slot } from "@/store";
import type { ListSight } from "../state/mail";

type Scroller = RefObject<HTMLElement | null>;
type Sight = RefObject<ListSight | null>;

/** Lend the rows on screen to the keys as long as they are there. */
export function useSight(scroller: Scroller, sight: Sight, height: number, head: number): void {
  useImperativeHandle<ListSight | null, ListSight | null>(sight, () => (scroller.current ? sightOf(scroller.current, height, head) : null), [scroller, height, head]);
}

/** The `head` stays where it is on top, and the rows go below it. */
function sightOf(element: HTMLElement, height: number, head: number): ListSight {
  const room = (): number => element.clientHeight - head;
  const scrollTo = (top: number): void => { element.scrollTo({ top, behavior: "instant" }); };
  return {
    first: () => Math.ceil(element.scrollTop / height),
    show: (index) => {
      const [top, bottom] = [index * height, (index + 1) * height];
      if (top < element.scrollTop) scrollTo(top);
      else if (bottom > element.scrollTop + room()) scrollTo(bottom - room());
    },
    // One row stays in sight, so that the eye finds where it was.
    turn: (pages) => { scrollTo(Math.max(0, Math.min(element.scrollHeight, element.scrollTop + pages * (room() - height)))); },
  };
}

/**
 * Bring the cursor's row on screen when another row becomes it, once: new mail
 * above must not move what is looked at. A row that is not loaded yet is looked
 * for, unless the person has begun to scroll by then.
 */
export function useCursorInSight(scroller: Scroller, sight: Sight, list: MessageList, rows: readonly Slot[], cursor: EmailId | null): void {
  const shown = useRef<EmailId | null>(null);
  const at = cursor ? list.indexOf(cursor) : -1;
  const isLoaded = rows.length > 0;
  useLayoutEffect(() => {
    if (cursor === shown.current || (cursor && at < 0)) return;
    shown.current = cursor;
    if (cursor) sight.current?.show(at);
  }, [sight, cursor, at]);
  useEffect(() => {
    const element = scroller.current;
    if (!element || !cursor || !isLoaded || shown.current === cursor) return;
    const top = element.scrollTop;
    let isCurrent = true;
    list.positionOf(cursor).then(
      (position) => {
        if (!isCurrent || shown.current === cursor) return;
        shown.current = cursor;
        if (position !== null && element.scrollTop === top) sight.current?.show(position);
      },
      () => undefined, // the list itself says when it cannot be loaded
    );
    return () => { isCurrent = false; };
  }, [scroller, sight, list, isLoaded, cursor]);
}
