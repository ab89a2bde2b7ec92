/** Whether the page is shown as a program of its own. */
export function isStandalone(): boolean {
  return window.matchMedia("(display-mode: standalone)").matches || (navigator as { standalone?: boolean }).standalone === true;
}

/** An iPhone or iPad, which calls itself a Mac. */
export function isApple(): boolean {
  return /iPhone|iPad|iPod/u.test(navigator.userAgent) || (/Macintosh/u.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}
