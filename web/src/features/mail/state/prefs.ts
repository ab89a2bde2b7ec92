/** What this browser remembers of the mail page: widths, where the preview stands, what was open last. */
import { useSyncExternalStore } from "react";

export type PreviewPlace = "right" | "below" | "off";

export interface Prefs {
  readonly sidebarWidth: number;
  readonly listWidth: number;
  readonly listHeight: number;
  readonly preview: PreviewPlace;
  /** Messages that belong together are one row and are read together. */
  readonly isThreaded: boolean;
  readonly collapsed: readonly string[];
  /** An account's id, or "all". */
  readonly lastAccount: string | null;
  /** The mailbox that letters are begun in from all mailboxes. */
  readonly writesFrom: string | null;
}

const KEY = "poststelle.mail";
const DEFAULTS: Prefs = {
  sidebarWidth: 232, listWidth: 380, listHeight: 320, preview: "right", isThreaded: true, collapsed: [], lastAccount: null, writesFrom: null,
};

let prefs: Prefs | null = null;
const listeners = new Set<() => void>();

export function readPrefs(): Prefs {
  prefs ??= { ...DEFAULTS, ...stored() };
  return prefs;
}

export function changePrefs(change: Partial<Prefs>): void {
  prefs = { ...readPrefs(), ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // Storage is full or forbidden: the choice holds until the page is left.
  }
  for (const listener of listeners) listener();
}

export function usePrefs(): Prefs {
  return useSyncExternalStore(subscribe, readPrefs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored(): Partial<Prefs> {
  try {
    return (JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {}) as Partial<Prefs>;
  } catch {
    return {}; // unreadable: begin with the defaults
  }
}
