/** What is remembered of the mail page: how a person likes it, wherever they are, and what fits this browser's window. */
import { useSyncExternalStore } from "react";
import { api } from "@/api";
import type { MailPage } from "@/api/types";
import { session } from "@/session";
import type { ListSort } from "@/store";
import { MailPageKeeper } from "./mailPage";

export type PreviewPlace = MailPage["preview"];
export type Column = MailPage["columns"][number];
export type ColumnName = Column["name"];

/** Kept by the server. */
export interface PersonPrefs {
  /** Two or three lines a message, or a table; a phone has room for lines alone. */
  readonly layout: MailPage["layout"];
  readonly density: MailPage["density"];
  readonly preview: PreviewPlace;
  /** Messages that belong together are one row and are read together. */
  readonly isThreaded: boolean;
  readonly columns: readonly Column[];
  readonly sort: ListSort;
}

/** Kept in this browser. */
export interface DevicePrefs {
  readonly sidebarWidth: number;
  readonly listWidth: number;
  readonly listHeight: number;
  readonly collapsed: readonly string[];
  readonly lastAccount: string | null;
}

export type Prefs = PersonPrefs & DevicePrefs;

const KEY = "poststelle.mail";
const DEVICE: DevicePrefs = { sidebarWidth: 232, listWidth: 380, listHeight: 320, collapsed: [], lastAccount: null };

/** As the server has it for somebody who has chosen nothing. */
export const PAGE: MailPage = {
  layout: "lines", density: "comfortable", preview: "right", is_threaded: true,
  columns: [
    { name: "flag", width: 32 }, { name: "attachment", width: 32 }, { name: "from", width: 180 }, { name: "subject", width: 320 },
    { name: "categories", width: 140 }, { name: "size", width: 80 }, { name: "date", width: 120 },
  ],
  sort: { by: "date", is_ascending: false },
};

let device: DevicePrefs | null = null;
const listeners = new Set<() => void>();
const tell = (): void => { for (const listener of listeners) listener(); };

let personId: string | null = null;
const unsentKey = (userId: string): string => `poststelle.mail-page.${userId}`;

const keeper = new MailPageKeeper({
  send: (change) => api.changeMe({ mail_page: change }),
  onKept: ({ id, mail_page }) => {
    const user = session.get()?.user;
    if (user?.id === id) session.loggedIn({ ...user, mail_page });
  },
  onChange: tell,
  hold: (unsent) => { if (personId !== null) keep(unsentKey(personId), Object.keys(unsent).length > 0 ? unsent : null); },
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => { clearTimeout(timer); };
  },
});

/** Whoever is logged in, with what of theirs the server does not have yet. */
function meet(): void {
  const id = session.get()?.user?.id ?? null;
  if (id === personId) return;
  personId = id;
  keeper.begin(id === null ? {} : (stored(unsentKey(id)) as Partial<MailPage>));
}

meet();
session.subscribe(() => {
  meet();
  tell();
});

let last: { readonly of: readonly unknown[]; readonly prefs: Prefs } | null = null;

/** The same object until something changes. */
export function readPrefs(): Prefs {
  device ??= { ...DEVICE, ...storedDevice() };
  const of = [device, session.get()?.user?.mail_page, keeper.unsent()] as const;
  if (last?.of.every((each, at) => each === of[at])) return last.prefs;
  last = { of, prefs: { ...device, ...personPrefs({ ...PAGE, ...of[1], ...of[2] }) } };
  return last.prefs;
}

export function changePrefs({ layout, density, preview, isThreaded, columns, sort, ...here }: Partial<Prefs>): void {
  const page: Partial<MailPage> = {
    ...(layout && { layout }), ...(density && { density }), ...(preview && { preview }), ...(isThreaded !== undefined && { is_threaded: isThreaded }),
    ...(columns && { columns }), ...(sort && { sort: { by: sort.by, is_ascending: sort.isAscending } }),
  };
  if (Object.keys(here).length > 0) changeDevice(here);
  if (Object.keys(page).length > 0) keeper.change(page);
}

/** A table is wide: where the preview stands beside it, it goes below. */
export function layoutChange(layout: PersonPrefs["layout"]): Partial<PersonPrefs> {
  return layout === "table" && readPrefs().preview === "right" ? { layout, preview: "below" } : { layout };
}

export function usePrefs(): Prefs {
  return useSyncExternalStore(subscribe, readPrefs);
}

function personPrefs({ is_threaded, sort, ...page }: MailPage): PersonPrefs {
  return { ...page, isThreaded: is_threaded, sort: { by: sort.by, isAscending: sort.is_ascending } };
}

function changeDevice(change: Partial<DevicePrefs>): void {
  readPrefs();
  device = { ...DEVICE, ...device, ...change };
  keep(KEY, device);
  tell();
}

function keep(key: string, value: object | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the choice holds until the page is left.
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Only what belongs there: earlier versions kept in the browser what the server keeps now. */
function storedDevice(): Partial<DevicePrefs> {
  const found = stored(KEY);
  return Object.fromEntries(Object.keys(DEVICE).filter((name) => name in found).map((name) => [name, found[name]]));
}

function stored(key: string): Record<string, unknown> {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? "{}") ?? {}) as Record<string, unknown>;
  } catch {
    return {}; // unreadable: begin with the defaults
  }
}
