/**
 * What this device shows of new mail, as the page and the service worker share it.
 *
 *     page ──choice──> database ──> service worker ──progress──> database
 *
 * Each writes its own record, so that neither overwrites what the other has just learnt. No mail is in them.
 */
import type { AccountId, MailboxId, State } from "@/jmap/types";
import type { Language } from "@/lib/language";
import { answered, openIdb, written } from "./idb";

/** All that comes into the inbox, or of that what Outlook takes for important. */
export type Arrivals = "inbox" | "focused";

/** The wish of the person who is logged in. */
export interface NewsChoice {
  readonly userId: string;
  readonly language: Language;
  /** Neither sender nor subject is shown. */
  readonly isDiscreet: boolean;
  /** By mailbox. */
  readonly mailboxes: Readonly<Record<AccountId, { readonly name: string; readonly arrivals: Arrivals }>>;
}

/** How far the service worker is. */
export interface NewsProgress {
  readonly userId: string;
  readonly mailboxes: Readonly<Record<AccountId, Position>>;
  /** When the push subscription was last prolonged; milliseconds. */
  readonly prolongedAt: number;
}

export interface Position {
  readonly inbox: MailboxId;
  readonly state: State;
  /** Mail received before is no news; RFC 3339. */
  readonly since: string;
}

/** Where both lie. */
export interface NewsRecords {
  choice(): Promise<NewsChoice | null>;
  progress(): Promise<NewsProgress | null>;
  setChoice(choice: NewsChoice | null): Promise<void>;
  setProgress(progress: NewsProgress | null): Promise<void>;
}

const NAME = "poststelle.news";
const STORE = "records";

export const newsRecords: NewsRecords = {
  choice: () => read<NewsChoice>("choice"),
  progress: () => read<NewsProgress>("progress"),
  setChoice: (choice) => write("choice", choice),
  setProgress: (progress) => write("progress", progress),
};

async function read<T>(key: string): Promise<T | null> {
  const database = await openIdb(NAME, [STORE]);
  try {
    return ((await answered(database.transaction(STORE).objectStore(STORE).get(key))) as T | undefined) ?? null;
  } finally {
    database.close();
  }
}

async function write(key: string, value: unknown): Promise<void> {
  const database = await openIdb(NAME, [STORE]);
  try {
    const transaction = database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    if (value === null) store.delete(key);
    else store.put(value, key);
    await written(transaction);
  } finally {
    database.close();
  }
}
