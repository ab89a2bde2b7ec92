/** The mail store of the person who is logged in: one per login, kept while pages change. */
import { useEffect, useState } from "react";
import { jsonTransport, sharedStream } from "@/jmap";
import type { EventStream } from "@/jmap";
import { cut } from "@/device/line";
import { readWishes } from "@/device/wishes";
import { Kept } from "@/offline/kept";
import { withKept } from "@/offline/transport";
import { session } from "@/session";
import { MailStore } from "@/store";
import { attendTo } from "../presence/thisWindow";

interface Login {
  readonly userId: string;
  readonly store: MailStore;
  readonly offline: Kept;
  /** How many parts of the page want it to listen. */
  uses: number;
}

let kept: Login | null = null;

function storeFor(userId: string): MailStore {
  if (kept?.userId === userId) return kept.store;
  kept?.store.stop();
  const offline = new Kept(userId);
  const isCut = (): boolean => cut.isFromStart.get() || kept?.store.line.get() === "offline";
  const store = new MailStore({
    transport: withKept({
      transport: jsonTransport((url, init) => fetch(url, init)),
      kept: () => (readWishes(userId).keepsMail ? offline : null),
      isCut,
      onAnswer: () => { cut.answeredAt.set(new Date()); },
    }),
    openStream: (url) => openStream(url, userId),
    after,
    random: Math.random,
    onLoginNeeded: () => { session.loggedOut(); },
  });
  kept = { userId, store, offline, uses: 0 };
  store.line.subscribe(() => { if (store.line.get() === "online") cut.isFromStart.set(false); });
  return store;
}

/** What this device keeps of the person's mail. */
export const keptMail = (): Kept | null => kept?.offline ?? null;

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => { clearTimeout(timer); };
}

/** Locks exist where the page came over https or from this machine. */
const mayShare = "locks" in navigator && "BroadcastChannel" in window;

/** All tabs of one person share a stream; where they can't, each has its own. */
function openStream(url: string, userId: string): EventStream {
  const open = (): EventStream => new EventSource(url, { withCredentials: true });
  if (!mayShare) return open();
  return sharedStream({
    name: `poststelle.push.2.${userId}`, open, locks: navigator.locks, broadcast: (name) => new BroadcastChannel(name), after,
  });
}

/** A later login, even of the same person, begins with nothing of the earlier one. */
session.subscribe(() => {
  if (kept && session.get()?.user?.id !== kept.userId) {
    kept.store.stop();
    kept = null;
  }
});

/** The store, listening as long as the mail page is on screen, or anything else that uses it. */
export function useMailStore(userId: string): MailStore {
  const [held, setHeld] = useState(() => ({ userId, store: storeFor(userId) }));
  if (held.userId !== userId) setHeld({ userId, store: storeFor(userId) });
  const { store } = held;
  useEffect(() => {
    const login = kept;
    if (login?.store !== store) return;
    login.uses += 1;
    if (login.uses === 1) endListening = listen(store, userId);
    return () => {
      login.uses -= 1;
      if (login.uses === 0) endListening();
    };
  }, [store, userId]);
  return store;
}

let endListening = (): void => undefined;

function listen(store: MailStore, userId: string): () => void {
  store.start();
  const stopAttending = attendTo(store);
  const leave = attend(store, userId);
  const wake = (): void => { if (document.visibilityState === "visible") store.wake(); };
  const wakeAfterSleep = mayShare ? sleepWatch(wake) : () => { listenWhileSeen(store); };
  const lose = (): void => { store.lost(); };
  window.addEventListener("online", wake);
  window.addEventListener("offline", lose);
  document.addEventListener("visibilitychange", wakeAfterSleep);
  return () => {
    window.removeEventListener("online", wake);
    window.removeEventListener("offline", lose);
    document.removeEventListener("visibilitychange", wakeAfterSleep);
    stopAttending();
    leave();
    store.stop();
  };
}

/** Notifications and what is kept follow the store; all of it comes once the list is there. */
function attend(store: MailStore, userId: string): () => void {
  let end = (): void => undefined;
  const cancel = after(ATTEND_MS, () => {
    import("./device").then(({ attendDevice }) => { if (!isEnded && kept?.store === store) end = attendDevice(store, userId, kept.offline); }, () => undefined);
  });
  let isEnded = false;
  return () => {
    isEnded = true;
    cancel();
    end();
  };
}

const ATTEND_MS = 1_500;

/** Streams of their own would use up the browser's connections: a tab out of sight needs none. */
function listenWhileSeen(store: MailStore): void {
  if (document.visibilityState === "hidden") store.stop();
  else store.start();
}

const LONG_MS = 60_000;

/** Changing tabs for a moment needs no new line to the server; a long absence does. */
function sleepWatch(wake: () => void): () => void {
  let hiddenAt = 0;
  return () => {
    if (document.visibilityState === "hidden") hiddenAt = Date.now();
    else if (Date.now() - hiddenAt > LONG_MS) wake();
  };
}
