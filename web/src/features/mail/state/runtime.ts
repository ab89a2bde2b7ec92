/** The mail store of the person who is logged in: one per login, kept while pages change. */
import { useEffect, useState } from "react";
import { jsonTransport } from "@/jmap";
import { session } from "@/session";
import { MailStore } from "@/store";

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
    openStream: (url) => new EventSource(url, { withCredentials: true }),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => { clearTimeout(timer); };
    },
    random: Math.random,
    onLoginNeeded: () => { session.loggedOut(); },
  });
  kept = { userId, store };
  return store;
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
    const wake = (): void => { if (document.visibilityState === "visible") store.wake(); };
    const wakeAfterSleep = sleepWatch(wake);
    window.addEventListener("online", wake);
    document.addEventListener("visibilitychange", wakeAfterSleep);
    return () => {
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wakeAfterSleep);
      store.stop();
    };
  }, [store]);
  return store;
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
