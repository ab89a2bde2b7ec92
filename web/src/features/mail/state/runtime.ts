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
  kept = { userId, store, offline };
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

/** The store, listening as long as the mail page is on screen. */
export function useMailStore(userId: string): MailStore {
  const [held, setHeld] = useState(() => ({ userId, store: storeFor(userId) }));
  if (held.userId !== userId) setHeld({ userId, store: storeFor(userId) });
  const { store } = held;
  useEffect(() => {
    store.start();
      ends();
