/** What a person wishes of this device; kept in the browser, by user. No mail is in it. */
import { useSyncExternalStore } from "react";
import type { Arrivals } from "./news-record";

export interface Wishes {
  /** New mail is shown by notifications. */
  readonly isNotified: boolean;
  readonly isDiscreet: boolean;
  /** By mailbox; one that is not named has not been decided about: its inbox is shown. */
  readonly arrivals: Readonly<Record<string, Arrivals | "none">>;
  /** Recent mail is kept for reading offline; null: not decided. */
  readonly keepsMail: boolean | null;
}

const NOTHING: Wishes = { isNotified: false, isDiscreet: false, arrivals: {}, keepsMail: null };
const PREFIX = "poststelle.device.";
const known = new Map<string, Wishes>();
const listeners = new Set<() => void>();

export function readWishes(userId: string): Wishes {
  const wishes = known.get(userId) ?? { ...NOTHING, ...stored(userId) };
  known.set(userId, wishes);
  return wishes;
}

export function changeWishes(userId: string, change: Partial<Wishes>): void {
  const wishes = { ...readWishes(userId), ...change };
  known.set(userId, wishes);
  try {
    localStorage.setItem(PREFIX + userId, JSON.stringify(wishes));
  } catch {
    // Storage is full or forbidden: the wish holds until the page is left.
  }
  for (const listener of listeners) listener();
}

export function subscribeWishes(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useWishes(userId: string): Wishes {
  return useSyncExternalStore(subscribeWishes, () => readWishes(userId));
}

/** Another tab has changed them. */
window.addEventListener("storage", ({ key }) => {
  if (!key?.startsWith(PREFIX)) return;
  known.delete(key.slice(PREFIX.length));
  for (const listener of listeners) listener();
});

function stored(userId: string): Partial<Wishes> {
  try {
    return (JSON.parse(localStorage.getItem(PREFIX + userId) ?? "{}") ?? {}) as Partial<Wishes>;
  } catch {
    return {}; // unreadable: begin with nothing
  }
}
