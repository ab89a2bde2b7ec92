/** What this window tells colleagues: one announcer for each store, and how it knows that somebody is here. */
import { useEffect } from "react";
import type { Activity, EmailId } from "@/jmap";
import { CORE, POSTSTELLE } from "@/jmap";
import type { AccountStore, MailStore } from "@/store";
import { Announcer } from "@/store";
import { attentionOf } from "./attention";

const LOOK_EVERY_MS = 15_000;
const ACTIVITY = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "focus"] as const;

const announcers = new WeakMap<MailStore, Announcer>();

export function announcerOf(store: MailStore): Announcer {
  const known = announcers.get(store);
  if (known) return known;
  const made = new Announcer({ clientId: windowName(), after });
  announcers.set(store, made);
  return made;
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => { clearTimeout(timer); };
}

/** Also where the page came over plain http, which has no `randomUUID`. */
function windowName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(9)), (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** Follow whether somebody is at this window, and say farewell when it goes; the answer ends that, with a farewell. */
export function attendTo(store: MailStore): () => void {
  const announcer = announcerOf(store);
  let activeAt = Date.now();
  const look = (): void => {
    announcer.attend(attentionOf({ isVisible: document.visibilityState === "visible", idleMs: Date.now() - activeAt }));
  };
  const act = (): void => {
    const wasIdle = Date.now() - activeAt > LOOK_EVERY_MS;
    activeAt = Date.now();
    if (wasIdle) look();
  };
  const appear = (): void => {
    if (document.visibilityState === "visible") activeAt = Date.now();
    look();
  };
  const leave = (): void => { sayLast(store, announcer); };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  for (const type of ACTIVITY) window.addEventListener(type, act, { passive: true, capture: true });
  document.addEventListener("visibilitychange", appear);
  window.addEventListener("pageshow", appear);
  window.addEventListener("pagehide", leave);
  return () => {
    clearInterval(timer);
    for (const type of ACTIVITY) window.removeEventListener(type, act, { capture: true });
    document.removeEventListener("visibilitychange", appear);
    window.removeEventListener("pageshow", appear);
    window.removeEventListener("pagehide", leave);
    leave();
  };
}

/** A request that outlives its page; where the browser does not send it the minute runs out. */
function sayLast(store: MailStore, announcer: Announcer): void {
  const session = store.session.get();
  const last = announcer.farewell();
  if (!session || last.length === 0) return;
  const body = { using: [CORE, POSTSTELLE], methodCalls: last.map((args, at) => ["Presence/announce", args, String(at)]) };
  const headers = { "Content-Type": "application/json", "X-Poststelle": "1" };
  fetch(session.apiUrl, { method: "POST", keepalive: true, credentials: "same-origin", headers, body: JSON.stringify(body) }).catch(() => undefined);
}

/** As long as the component is there, its message is read or answered; null: none. */
export function useAnnounced(store: MailStore, account: AccountStore, activity: Activity, id: EmailId | null): void {
  useEffect(() => (id === null ? undefined : announcerOf(store).begin(account, activity, id)), [store, account, activity, id]);
}
