/** Where the keyboard was before something opened above the page, and the way back there. */

/** What has focus now: for a line of a menu, which is about to close, the menu's button. */
export function focusNow(): HTMLElement | null {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === document.body) return null;
  const button = active.closest("[role=menu]")?.getAttribute("aria-labelledby");
  return button ? document.getElementById(button) : active;
}

/** Focus goes back; where nothing had it, or what had it is gone, to the page's main part, marked `data-focus-home`. */
export function focusBack(before: HTMLElement | null): void {
  const target = before?.isConnected ? before : document.querySelector<HTMLElement>("[data-focus-home]");
  target?.focus({ preventScroll: true });
}

/** For the end of a menu: its button has focus again, unless the choice took the button away. */
export function focusAfterMenu(): void {
  setTimeout(() => { if (document.activeElement === document.body) focusBack(null); });
}
