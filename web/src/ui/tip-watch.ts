import { TIPPED } from "./tip";

const WAIT_MS = 500;
/** So soon after another one there is no waiting: who looks along a row of buttons has waited once. */
const AGAIN_MS = 300;
/** Time to go over to the words themselves. Source: WCAG 2.2, 1.4.13. */
const LEAVE_MS = 120;

/** Which element's tooltip is to be seen: one pointed at for a while, or reached by the keyboard. */
export class TipWatch {
  readonly #say: (shown: HTMLElement | null) => void;
  #shown: HTMLElement | null = null;
  #pointed: HTMLElement | null = null;
  #hiddenAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (shown: HTMLElement | null) => void) {
    this.#say = say;
  }

  /** Watches the page until the function that it gives is called. */
  begin(): () => void {
    const ends = new AbortController();
    const on = <K extends keyof DocumentEventMap>(kind: K, deed: (event: DocumentEventMap[K]) => void): void => {
      document.addEventListener(kind, deed, { capture: true, passive: true, signal: ends.signal });
    };
    on("pointerover", (event) => { if (event.pointerType !== "touch") this.#point(event.target); });
    on("focusin", (event) => { this.#focus(event.target); });
    for (const kind of ["focusout", "pointerdown", "click", "keydown", "scroll"] as const) on(kind, this.hide);
    return () => { ends.abort(); this.hide(); };
  }

  /** What is pointed at shows nothing more until the pointer has left it. */
  readonly hide = (): void => {
    clearTimeout(this.#timer);
    this.#show(null);
  };

  #point(target: EventTarget | null): void {
    if (!(target instanceof Element)) return;
    const pointed = target.closest("[role=tooltip]") ? this.#shown : target.closest<HTMLElement>(TIPPED);
    if (pointed === this.#pointed) return;
    clearTimeout(this.#timer);
    this.#pointed = pointed;
    const isSoon = this.#shown !== null || performance.now() - this.#hiddenAt < AGAIN_MS;
    if (pointed && isSoon) this.#show(pointed);
    else if (pointed) this.#timer = setTimeout(() => { this.#show(pointed); }, WAIT_MS);
    else this.#timer = setTimeout(this.hide, LEAVE_MS);
  }

  #focus(target: EventTarget | null): void {
    if (!(target instanceof Element) || !target.matches(":focus-visible")) return;
    const tipped = target.closest<HTMLElement>(TIPPED);
    if (!tipped) return;
    clearTimeout(this.#timer);
    this.#show(tipped);
  }

  #show(shown: HTMLElement | null): void {
    if (shown === this.#shown) return;
    if (shown === null) this.#hiddenAt = performance.now();
    this.#shown = shown;
    this.#say(shown);
  }
}
