/**
 * What this device does beside the page: the service worker hears that there may be news, notifications follow what
 * is assigned and wished, recent mail is kept.
 */
import { api } from "@/api";
import { cut } from "@/device/line";
import { follow } from "@/device/notices";
import { subscribeWishes, readWishes } from "@/device/wishes";
import { lookForNewVersion, tellWorker } from "@/device/worker";
import { currentLanguage } from "@/i18n";
import { keepRecent } from "@/offline/keeper";
import type { Kept } from "@/offline/kept";
import { session } from "@/session";
import type { MailStore } from "@/store";

const LOOK_MS = 400;
const FOLLOW_MS = 1_000;
const KEEP_MS = 4_000;

/** Attend to it until the answer is called. */
export function attendDevice(store: MailStore, userId: string, kept: Kept): () => void {
  const look = later(LOOK_MS, () => { if (readWishes(userId).isNotified) void tellWorker({ kind: "look" }); });
  const keep = later(KEEP_MS, () => { void keepNow(store, userId, kept); });
  const wish = later(FOLLOW_MS, () => {
    keep.soon();
    const assigned = store.assigned.get();
    if (assigned && store.line.get() === "online") void follow({ id: userId, language: currentLanguage() }, assigned, store.transport).catch(() => undefined); // tried again with the next change
  });
  const wasOffline = cut.isFromStart.get();
  let isAsked = !wasOffline;
  const online = (): void => {
    if (store.line.get() !== "online") return;
    if (!isAsked) { isAsked = true; void askAgain(); }
    void lookForNewVersion(); // the line is cut, too, while the server is renewed
    wish.soon();
    look.soon(); // for what came before anybody listened
  };
  const ends = [
    store.news.add(() => { look.soon(); keep.soon(); }), store.assigned.subscribe(wish.soon), subscribeWishes(wish.soon), store.line.subscribe(online),
  ];
  online();
  return () => { for (const end of [...ends, look.cancel, keep.cancel, wish.cancel]) end(); };
}

/** The page was opened without the server: who is logged in is asked for now. */
async function askAgain(): Promise<void> {
  const answer = await api.start().catch(() => null);
  if (answer) session.started(answer);
}

/** Only one tab of the browser keeps, and only while it is wished. What fails is tried again with the next change. */
async function keepNow(store: MailStore, userId: string, kept: Kept): Promise<void> {
  const [start, place, assigned] = [session.get(), store.session.get(), store.assigned.get()];
  const isWished = readWishes(userId).keepsMail === true && start?.user?.id === userId;
  if (!isWished || !start || !place || !assigned || store.line.get() !== "online") return;
  const keep = () => keepRecent(kept, { start, session: place, assigned, favourites: store.favourites.all.get(), opened: store.opened() }, () => new Date());
  await (("locks" in navigator) ? navigator.locks.request(`poststelle.keeper.${userId}`, { ifAvailable: true }, (lock) => (lock ? keep() : undefined)) : keep())
    ?.catch(() => undefined);
}

/** Runs a while after it was first asked for: where something changes all the time, waiting for the last change would be for ever. */
function later(ms: number, run: () => void): { readonly soon: () => void; readonly cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const now = (): void => { timer = null; run(); };
  return {
    soon: () => { timer ??= setTimeout(now, ms); },
    cancel: () => { if (timer !== null) clearTimeout(timer); },
  };
}
