import type { RefObject } from "react";
import { useLayoutEffect, useState } from "react";

const ABOVE_PX = 8;
const OWN_PX = 2;
/** The upper part of what is on screen. */
const HIGH = 0.45;

/**
 * A message of a stack stays where it is while what stands above it grows: frames learn their height
 * late. The first scroll of a person ends that; from then on the browser's own anchoring holds.
 */
export class Holder {
  readonly #scroller: RefObject<HTMLElement | null>;
  #held: { readonly id: string; readonly top: number } | null = null;

  constructor(scroller: RefObject<HTMLElement | null>) {
    this.#scroller = scroller;
  }

  /** Bring a message on screen and keep it there until somebody scrolls. */
  hold(id: string): void {
    const [element, card] = [this.#scroller.current, this.#card(id)];
    if (!element || !card) {
      this.#release();
      return;
    }
    element.style.overflowAnchor = "none";
    const top = topOf(element, card);
    const mayStay = top < element.clientHeight * HIGH; // what it is about stays in sight
    element.scrollTo({ top: mayStay ? 0 : top - ABOVE_PX, behavior: "instant" });
    this.#held = { id, top: element.scrollTop };
  }

  /** Lead a person to a message: on screen as far as it is not, once, and the focus with it. */
  show(id: string): void {
    const [element, card] = [this.#scroller.current, this.#card(id)];
    if (!element || !card) return;
    this.#release();
    const top = topOf(element, card);
    const isWhole = top >= element.scrollTop && top + card.offsetHeight <= element.scrollTop + element.clientHeight;
    if (!isWhole) element.scrollTo({ top: top - ABOVE_PX, behavior: "instant" });
    card.focus({ preventScroll: true });
  }

  /** Follow the sizes of what is in the scroller, and what a person does to it. The answer ends that. */
  follow(): () => void {
    const element = this.#scroller.current;
    if (!element) return () => undefined;
    const onScroll = (): void => { if (this.#held && Math.abs(element.scrollTop - this.#held.top) > OWN_PX) this.#release(); };
    const sizes = new ResizeObserver(() => { if (this.#held) this.hold(this.#held.id); });
    for (const child of element.children) sizes.observe(child);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }

  #release(): void {
    this.#held = null;
    if (this.#scroller.current) this.#scroller.current.style.overflowAnchor = "";
  }

  #card(id: string): HTMLElement | null {
    return this.#scroller.current?.querySelector<HTMLElement>(`[data-message="${CSS.escape(id)}"]`) ?? null;
  }
}

export function useHeld(scroller: RefObject<HTMLElement | null>): Holder {
  const [holder] = useState(() => new Holder(scroller));
  useLayoutEffect(() => holder.follow(), [holder]);
  return holder;
}

function topOf(scroller: HTMLElement, card: HTMLElement): number {
  return card.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
}
