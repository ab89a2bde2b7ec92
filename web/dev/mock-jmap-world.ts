/** A made-up office for the development mock: folders, a hundred thousand emails, a change log. */
import { letterOf } from "./mock-jmap-letters";

export interface MockFolder {
  id: string; name: string; parentId: string | null; role: string | null; sortOrder: number;
}

export interface MockEmail {
  id: string; number: number; folder: string; receivedAt: number; keywords: Set<string>; modseq: number; thread: string;
}

type Kind = "Email" | "Mailbox" | "Thread";

const MINUTE = 60_000;

/** The same sequence for the same seed: pages look alike at every start. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class MockAccount {
  modseq = 1;
  readonly folders = new Map<string, MockFolder>();
  readonly emails = new Map<string, MockEmail>();
  readonly byFolder = new Map<string, MockEmail[]>();
  readonly threads = new Map<string, MockEmail[]>();
  readonly log: { kind: Kind; id: string; modseq: number; op: "created" | "updated" | "destroyed" }[] = [];
  /** What Presence/get and Answer/get tell. */
  presences: readonly Record<string, unknown>[] = [];
  /** Told what Presence/announce says. */
  announced: (args: Record<string, unknown>) => void = () => undefined;
  readonly answers = new Map<string, readonly Record<string, unknown>[]>();
  /** What SyncState/get tells; control requests change it. */
  sync: Record<string, unknown>;

  readonly refusals = new Set<string>();
  /** How many there are of what is asked for is never told. */
  refusesToCount = false;
  #next = 0;
  readonly id: string;

  constructor(id: string, size: number) {
    this.id = id;
    this.sync = {
      id, phase: "steady", expected: size, held: size, pending: 0, problem: null, problemDetail: null, retryAt: null,
      pollSeconds: 16, notifiedUntil: null, notifyProblem: null,
      lastSyncedAt: new Date().toISOString(), state: "connected", stateReason: null, isActive: true,
    };
    for (const folder of FOLDERS) this.#addFolder(folder);
    this.#fill(size);
  }

  list(folder: string): MockEmail[] {
    return this.byFolder.get(folder) ?? [];
  }

  /** A new message: in a thread of its own, or in the one named. */
  receive(at = Date.now(), thread?: string, folder = "f1"): MockEmail {
    const number = this.#next;
    const email: MockEmail = {
      id: `m${String(number)}z`, number, folder, receivedAt: at, keywords: new Set(folder === "f2" ? ["$seen"] : []), modseq: 0, thread: thread ?? `t${String(number)}`,
    };
    this.#put(email, true);
    this.note("Email", email.id, "created");
    this.note("Thread", email.thread, this.threads.get(email.thread)?.length === 1 ? "created" : "updated");
    this.note("Mailbox", folder, "updated");
    return email;
  }

  #put(email: MockEmail, isNewest: boolean): void {
    this.#next = Math.max(this.#next, email.number + 1);
    this.emails.set(email.id, email);
    if (isNewest) this.list(email.folder).unshift(email);
    else this.list(email.folder).push(email);
    const thread = this.threads.get(email.thread);
    if (thread) thread.push(email);
    else this.threads.set(email.thread, [email]);
  }

  setKeyword(email: MockEmail, keyword: string, on: boolean): void {
    if (on) email.keywords.add(keyword);
    else email.keywords.delete(keyword);
    this.note("Email", email.id, "updated");
    this.note("Mailbox", email.folder, "updated");
  }

  move(email: MockEmail, to: string): void {
    this.note("Mailbox", email.folder, "updated");
    this.#take(email);
    email.folder = to;
    const list = this.list(to);
    const at = list.findIndex((other) => other.receivedAt <= email.receivedAt);
    list.splice(at < 0 ? list.length : at, 0, email);
    this.note("Email", email.id, "updated");
    this.note("Mailbox", to, "updated");
  }

  destroy(email: MockEmail): void {
    this.#take(email);
    this.emails.delete(email.id);
    const left = (this.threads.get(email.thread) ?? []).filter((other) => other !== email);
    if (left.length > 0) this.threads.set(email.thread, left);
    else this.threads.delete(email.thread);
    this.note("Thread", email.thread, left.length > 0 ? "updated" : "destroyed");
    this.note("Email", email.id, "destroyed");
    this.note("Mailbox", email.folder, "updated");
  }

  note(kind: Kind, id: string, op: "created" | "updated" | "destroyed"): void {
    this.modseq += 1;
    this.log.push({ kind, id, modseq: this.modseq, op });
  }

  #take(email: MockEmail): void {
    const list = this.list(email.folder);
    list.splice(list.indexOf(email), 1);
  }

  #addFolder(folder: MockFolder): void {
    this.folders.set(folder.id, folder);
    this.byFolder.set(folder.id, []);
  }

  #fill(size: number): void {
    const random = randomOf(7);
    const threadOf = threading();
    let at = Date.now() - 2 * MINUTE;
    for (let number = 0; number < size; number += 1) {
      const thread = threadOf(number);
      const isAnswer = thread !== `t${String(number)}` && number % 4 === 3; // the office's own
      const folder = number < 60 || random() < 0.9 ? "f1" : (FOLDERS[Math.floor(random() * FOLDERS.length)]?.id ?? "f1");
      const email: MockEmail = { id: `m${String(number)}z`, number, folder: isAnswer ? "f2" : folder, receivedAt: at, keywords: new Set(isAnswer ? ["$seen"] : []), modseq: 0, thread };
      if (random() < 0.9 && (number > 40 || random() < 0.6)) email.keywords.add("$seen");
      if (random() < 0.06) email.keywords.add("$flagged");
      if (random() < 0.1) email.keywords.add("$answered");
      this.#put(email, false);
      at -= Math.floor((2 + random() * 90) * MINUTE);
    }
  }

  view(email: MockEmail): Record<string, unknown> {
    const letter = letterOf(email.number);
    const first = (this.threads.get(email.thread) ?? []).reduce((a, b) => (b.receivedAt < a.receivedAt ? b : a), email);
    const root = letterOf(first.number);
    const isMine = email.folder === "f2";
    return {
      ...letter, "poststelle:isComplete": true, id: email.id, blobId: `b${email.id}`, threadId: email.thread,
      subject: letter === root || root.subject === "" ? root.subject : `AW: ${root.subject}`,
      ...(isMine ? { from: letter.to, to: letter.from } : {}),
      mailboxIds: { [email.folder]: true },
      keywords: Object.fromEntries([...email.keywords].map((keyword) => [keyword, true])),
      receivedAt: new Date(email.receivedAt).toISOString(), sentAt: new Date(email.receivedAt - MINUTE).toISOString(),
      attachments: letter.attachments.map((part, i) => ({ ...part, blobId: `b${email.id}-${String(i)}` })),
    };
  }

  viewFolder(folder: MockFolder): Record<string, unknown> {
    const list = this.list(folder.id);
    const unread = list.filter((email) => !email.keywords.has("$seen")).length;
    const threads = new Set(list.map((email) => email.thread)).size;
    const may = true;
    return {
      ...folder, totalEmails: list.length, unreadEmails: unread, totalThreads: threads, unreadThreads: unread,
      isSubscribed: true,
      myRights: { mayReadItems: may, mayAddItems: may, mayRemoveItems: may, maySetSeen: may, maySetKeywords: may },
    };
  }
}

/** Every other message joins one of the latest threads. */
function threading(): (number: number) => string {
  const random = randomOf(11);
  const latest: string[] = [];
  return (number) => {
    const joined = random() < 0.5 ? latest[Math.floor(random() * latest.length)] : undefined;
    if (joined !== undefined) return joined;
    latest.unshift(`t${String(number)}`);
    latest.length = Math.min(latest.length, 6);
    return `t${String(number)}`;
  };
}

const folder = (id: string, name: string, role: string | null, parentId: string | null = null, sortOrder = 10): MockFolder =>
  ({ id, name, role, parentId, sortOrder });

export const FOLDERS: readonly MockFolder[] = [
  folder("f1", "Posteingang", "inbox", null, 1),
  folder("f2", "Gesendete Elemente", "sent", null, 3),
  folder("f3", "Entwürfe", "drafts", null, 2),
  folder("f4", "Gelöschte Elemente", "trash", null, 5),
  folder("f5", "Junk-E-Mail", "junk", null, 6),
  folder("f6", "Archiv", "archive", null, 4),
  folder("f7", "Objekte", null),
  folder("f8", "Lindenallee 3", null, "f7"),
  folder("f9", "Parkstraße 18 – Penthouse mit Dachterrasse und Blick über die ganze Altstadt", null, "f7"),
  folder("f10", "Besichtigungen / 2026 (März)", null, "f8"),
  folder("f11", "🏡 Exposés", null),
  folder("f12", "<b>kein HTML</b> & \"Zitate\"", null),
  folder("f13", "Verträge", null),
  folder("f14", "שלום", null),
];
