import type { RefObject } from "react";
import { useEffect, useState } from "react";

const NEAR_PX = 800;
const FAR_PX = 4_000;
/** So much of a message has to be on screen before anybody can have read of it. */
const SEEN_PX = 60;

export interface Nearness {
  /** It is on screen or about to be: worth a frame. */
  readonly isNear: boolean;
  /** How high it was when it was last drawn; 0 before. */
  readonly heightPx: number;
}

/**
 * Whether an element is near what is on screen. It becomes so some lines before it is seen and stays so
 * until it is several screens away, so that frames come in time and their number stays small.
 */
export function useNear(element: RefObject<HTMLElement | null>, scroller: RefObject<HTMLElement | null>, isOn: boolean): Nearness {
  const [state, setState] = useState<Nearness>(() => ({ isNear: !isOn, heightPx: 0 })); // one read alone stays drawn when others join it
  useEffect(() => {
    const node = element.current;
    if (!node || !isOn) return;
    const near = watch(node, scroller.current, NEAR_PX, (isIn) => { if (isIn) setState((old) => (old.isNear ? old : { ...old, isNear: true })); });
    const far = watch(node, scroller.current, FAR_PX, (isIn) => {
      if (isIn) return;
      const heightPx = node.getBoundingClientRect().height;
      setState((old) => (old.isNear ? { isNear: false, heightPx } : old));
    });
    return () => {
      near();
      far();
    };
  }, [element, scroller, isOn]);
  return isOn ? state : { isNear: true, heightPx: 0 };
}

/** Tell whenever an element comes on screen, or leaves it. */
export function useOnScreen(element: RefObject<HTMLElement | null>, scroller: RefObject<HTMLElement | null>): boolean {
  const [isOnScreen, setOnScreen] = useState(false);
  useEffect(() => (element.current ? watch(element.current, scroller.current, -SEEN_PX, setOnScreen) : undefined), [element, scroller]);
  return isOnScreen;
}

function watch(node: Element, root: Element | null, marginPx: number, tell: (isIn: boolean) => void): () => void {
  const watcher = new IntersectionObserver((entries) => { tell(entries.at(-1)?.isIntersecting ?? false); }, { root, rootMargin: `${String(marginPx)}px 0px` });
  watcher.observe(node);
  return () => { watcher.disconnect(); };
}
