/** The mail store of the person who is logged in: one per login, kept while pages change. */
import { useEffect, useState } from "react";
import { jsonTransport, sharedStream } from "@/jmap";
import type { EventStream } from "@/jmap";
import { session } from "@/session";
import { MailStore } from "@/store";
import { attendTo } from "../presence/thisWindow";

interface Kept {
  readonly userId: string;
  readonly store: MailStore;
}

let kept: Kept | null = null;

function storeFor(userId: string): MailStore {
  if (kept?.userId === userId) return kept.store;
  kept?.store.stop();
  const store = new MailStore({
    transport: jsonTransport((url, init) => fetch(url, init)),
    openStream: (url) => openStream(url, userId),
    after,
    random: Math.random,
    onLoginNeeded: () => { session.loggedOut(); },
  });
  kept = { userId, store };
  return store;
}

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

/** The store, listening as long as the mail page is on screen. */
export function useMailStore(userId: string): MailStore {
  const [held, setHeld] = useState(() => ({ userId, store: storeFor(userId) }));
  if (held.userId !== userId) setHeld({ userId, store: storeFor(userId) });
  const { store } = held;
  useEffect(() => {
    store.start();
    const stopAttending = attendTo(store);
    const wake = (): void => { if (document.visibilityState === "visible") store.wake(); };
    const wakeAfterSleep = mayShare ? sleepWatch(wake) : () => { listenWhileSeen(store); };
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wakeAfterSleep);
    return () => {
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wakeAfterSleep);
      stopAttending();
      store.stop();
    };
  }, [store]);
  return store;
}

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
