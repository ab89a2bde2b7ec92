/**
 * The page's side of the service worker: registered once the page is at rest, asked now and then for a new version.
 *
 *     registered ──> in charge ──a new one is there──> hasNewVersion ──takeOver──> the page loads anew
 */
import type { FromWorker, ToWorker } from "@/worker/scope";
import { Value } from "@/lib/value";

/** A newer version of the page lies ready. */
export const hasNewVersion = new Value(false);
/** How many messages are unread in the inboxes that notifications were asked for; null: for none. */
export const chosenUnread = new Value<number | null>(null);

const URL_OF_IT = "/sw.js";
const LOOK_EVERY_MS = 3_600_000;
/** Clocks differ. */
const AFTER_QUIET_MS = 2_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Whether this browser has service workers here: over https, or on this machine. */
export const hasWorkers = (): boolean => "serviceWorker" in navigator;

let registration: Promise<ServiceWorkerRegistration | null> | null = null;

/** Register it; `open` leads to a message whose notification was pressed. A second call does nothing. */
export function startWorker(open: (path: string) => void): void {
  if (registration || !hasWorkers()) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => { hear(data as FromWorker, open); });
  registration = navigator.serviceWorker.register(URL_OF_IT, { updateViaCache: "none" }).then(follow).catch(() => null); // a browser that allows none
}

/** The one in charge; null where there is none. */
export async function workerRegistration(): Promise<ServiceWorkerRegistration | null> {
  if (!hasWorkers()) return null;
  const found = await (registration ?? navigator.serviceWorker.getRegistration());
  return found ? navigator.serviceWorker.ready : null;
}

/** Tell it something; nobody waits. */
export async function tellWorker(message: ToWorker): Promise<void> {
  const found = await workerRegistration();
  found?.active?.postMessage(message);
}

/** The server may have been renewed. */
export async function lookForNewVersion(): Promise<void> {
  const found = await registration;
  await found?.update().catch(() => undefined); // no answer: asked again later
}

/** Let the new version take over, and load the page with it. */
export async function takeOver(): Promise<void> {
  const found = await registration;
  navigator.serviceWorker.addEventListener("controllerchange", () => { window.location.reload(); }, { once: true });
  if (found?.waiting) found.waiting.postMessage({ kind: "takeOver" } satisfies ToWorker);
  else window.location.reload();
}

function follow(found: ServiceWorkerRegistration): ServiceWorkerRegistration {
  const noteWaiting = (): void => { if (found.waiting && navigator.serviceWorker.controller) hasNewVersion.set(true); };
  found.addEventListener("updatefound", () => { found.installing?.addEventListener("statechange", noteWaiting); });
  noteWaiting();
  setInterval(() => void lookForNewVersion(), LOOK_EVERY_MS);
  return found;
}

let nextLook: ReturnType<typeof setTimeout> | undefined;

/** Where no push wakes it, the open page does as soon as quiet hours have ended. Timers can't wait for longer than 24 days. */
function lookAfter(until: string | null): void {
  clearTimeout(nextLook);
  if (until === null) return;
  const waitMs = Math.max(0, Date.parse(until) - Date.now()) + AFTER_QUIET_MS;
  nextLook = setTimeout(() => void tellWorker({ kind: "look" }), Math.min(waitMs, LONGEST_TIMER_MS));
}

function hear(message: FromWorker, open: (path: string) => void): void {
  if (message.kind === "open") open(message.path);
  else if (message.kind === "unread") chosenUnread.set(message.count);
  else lookAfter(message.until);
}
