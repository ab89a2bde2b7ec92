const mark = "poststelle.reloaded";
const pauseMs = 60_000;
/** Of public/recover.js: how often this page was loaded in vain. */
const recovering = "poststelle.recovering";

/**
 * After an upgrade of the server an open page asks for parts that no longer exist:
 * load the page anew then. At most once a minute, so that a server that is really
 * broken shows its error instead of reloading for ever.
 */
export function reloadAfterUpgrade(): void {
  window.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(mark) ?? 0);
    if (Date.now() - last < pauseMs) return;
    event.preventDefault();
    sessionStorage.setItem(mark, String(Date.now()));
    window.location.reload();
  });
}

/** The page has begun: should it ever fail to again, it is tried as at the first time. */
export function noteBegun(): void {
  try {
    sessionStorage.removeItem(recovering);
  } catch {
    // Storage may be forbidden; then nothing was remembered.
  }
}
