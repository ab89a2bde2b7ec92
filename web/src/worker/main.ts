/**
 * The service worker: keeps the page's files, shows new mail, leads from a notification to its message.
 *
 * Bundled alone into /sw.js (tools/service-worker.ts). It keeps nothing that the API answers.
 * Source: W3C "Service Workers", "Push API", "Badging API"; WHATWG "Notifications API".
 */
import { i18n } from "@lingui/core";
import { forgetKept } from "@/device/kept-names";
import { newsRecords } from "@/device/news-record";
import { jsonTransport } from "@/jmap/transport";
import type { Language } from "@/lib/language";
import { messages as german } from "./locales/de.po";
import { messages as english } from "./locales/en.po";
import type { Shown } from "./notify";
import { Notifier } from "./notify";
import type { ExtendableEvent, FetchEvent, FromWorker, MessageEventFromPage, NotificationEvent, PushEvent, ToWorker, WorkerScope } from "./scope";
import type { Shell, Surroundings } from "./shell";
import { answerAsset, answerFile, answerPage, dropOldShells, keepShell, kindOf } from "./shell";

declare const __SHELL__: Shell;
declare const self: WorkerScope;

const shell = __SHELL__;
const { origin } = self.location;
const ask = (request: Request): Promise<Response> => fetch(request);
const after = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
const surroundings: Surroundings = { caches, fetch: ask, after };
const windows = () => self.clients.matchAll({ type: "window", includeUncontrolled: true });

i18n.load({ de: german, en: english });

const notifier = new Notifier({
  records: newsRecords,
  transport: jsonTransport((url, init) => fetch(url, init)),
  board: self.registration as never,
  windows,
  speak: (language: Language) => { i18n.activate(language); },
  setBadge: async (count) => {
    const { navigator } = self;
    await (count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.())?.catch(() => undefined); // only installed apps have one
  },
  forget: forgetKept,
  now: () => new Date(),
});

self.addEventListener("install", (event: ExtendableEvent) => {
  event.waitUntil(keepShell(shell, caches, ask, origin));
});

self.addEventListener("activate", (event: ExtendableEvent) => {
  event.waitUntil(dropOldShells(shell, caches).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event: FetchEvent) => {
  const { request } = event;
  const kind = kindOf(request, origin, shell.files);
  if (kind === "page") event.respondWith(answerPage(request, shell, surroundings));
  else if (kind === "asset") event.respondWith(answerAsset(request, surroundings));
  else if (kind === "file") event.respondWith(answerFile(request, surroundings));
});

self.addEventListener("push", (event: PushEvent) => {
  event.waitUntil(notifier.pushed(pushedJson(event)));
});

self.addEventListener("message", (event: MessageEventFromPage) => {
  const { kind } = event.data as ToWorker;
  if (kind === "takeOver") event.waitUntil(self.skipWaiting());
  else event.waitUntil(notifier.stir().catch(() => undefined)); // the page hears of a cut line itself
});

self.addEventListener("notificationclick", (event: NotificationEvent) => {
  const { notification } = event;
  notification.close();
  event.waitUntil(open((notification.data as Shown).path));
});

/** The page that is open goes there; without one a new one does. */
async function open(path: string): Promise<void> {
  const all = await windows();
  const best = all.find(({ focused }) => focused) ?? all.find(({ visibilityState }) => visibilityState === "visible") ?? all[0];
  if (!best) { await self.clients.openWindow(path); return; }
  best.postMessage({ kind: "open", path } satisfies FromWorker);
  await best.focus();
}

/** What came; null for what is no JSON. */
function pushedJson({ data }: PushEvent): unknown {
  try {
    return data?.json() ?? null;
  } catch {
    return null;
  }
}
