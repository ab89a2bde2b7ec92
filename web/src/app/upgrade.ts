const mark = "poststelle.reloaded";
const pauseMs = 60_000;
const askedEveryMs = 5_000;
/** Of public/recover.js: how often this page was loaded in vain. */
const recovering = "poststelle.recovering";

const MISSING = "A part of the page is missing.";

/** Whether a part of the page could not be fetched, which stays missing until the page is loaded anew. */
export const isMissingPart = (error: unknown): boolean => error instanceof Error && error.message === MISSING;

/** What it takes from the browser. */
export interface Surroundings {
  readonly fetch: (path: string, how: RequestInit) => Promise<Response>;
  readonly reload: () => void;
  readonly now: () => number;
}

const BROWSERS: Surroundings = {
  fetch: (path, how) => window.fetch(path, how),
  reload: () => { window.location.reload(); },
  now: () => Date.now(),
};

/**
 * After an upgrade of the server an open page asks for parts that no longer exist:
 * load the page anew then. At most once a minute, so that a server that is really
 * broken shows its error instead of reloading for ever.
 *
 * Not while the server does not answer: without a line the page would be lost, which is there and can be read.
 */
export function reloadAfterUpgrade(surroundings: Surroundings = BROWSERS): void {
  window.addEventListener("vite:preloadError", (event) => {
    event.payload.message = MISSING; // by the browser's words the router would reload the page, line or not
    void reloadIfAnswered(surroundings);
  });
}

async function reloadIfAnswered(surroundings: Surroundings): Promise<void> {
  const last = Number(sessionStorage.getItem(mark) ?? 0);
  if (surroundings.now() - last >= pauseMs) await reloadNow(surroundings);
}

/** Load the page anew, if the server answers; answers whether it did. */
export async function reloadNow({ fetch, reload, now }: Surroundings = BROWSERS): Promise<boolean> {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return false;
  sessionStorage.setItem(mark, String(now()));
  reload();
  return true;
}

/** A part is missing and waited for: load the page anew as soon as the server answers. The answer ends that. */
export function reloadOnceAnswered(surroundings: Surroundings = BROWSERS): () => void {
  const timer = setInterval(() => void reloadIfAnswered(surroundings), askedEveryMs);
  return () => { clearInterval(timer); };
}

/** The page has begun: should it ever fail to again, it is tried as at the first time. */
export function noteBegun(): void {
  try {
    sessionStorage.removeItem(recovering);
  } catch {
    // Storage may be forbidden; then nothing was remembered.
  }
}
