/**
 * Says what this window reads and answers, so that colleagues see it.
 *
 *     opened ──a moment later──> said ──every 20 s──> said again ──left, hidden, idle──> nothing more
 *
 * What is said replaces what was said before; what is not said again is gone after a minute. Walking past
 * a message says nothing, an answer is said at once. Source: docs/jmap.md.
 */
import type { AccountId, Activity, AnnounceArguments, EmailId } from "@/jmap";
import type { AccountStore } from "./account";

/** Whether this window's person is here: reading needs eyes on the page, an answer only somebody at work. */
export interface Attention {
  readonly reads: boolean;
  readonly answers: boolean;
}

export interface AnnouncerOptions {
  /** The name of this window, for the server alone. */
  readonly clientId: string;
  /** Run later; the answer cancels. */
  readonly after: (ms: number, run: () => void) => () => void;
}

type Said = Pick<AnnounceArguments, "reading" | "answering">;
type Cancel = () => void;

interface Entry {
  readonly account: AccountStore;
  readonly open: Record<Activity, Map<EmailId, number>>;
  said: string;
  cancel: Cancel;
}

/** The server takes 25 together; of a long thread those opened last count. */
const [MOST_READING, MOST_ANSWERING] = [15, 10];
const READ_AFTER_MS = 1_000;
const AT_ONCE_MS = 50;
const AGAIN_MS = 20_000;
const NOTHING = JSON.stringify({ reading: [], answering: [] });

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #entries = new Map<AccountId, Entry>();
  #attention: Attention = { reads: true, answers: true };

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** A message is open, or being answered, until the returned function is called. */
  begin(account: AccountStore, activity: Activity, id: EmailId): () => void {
    const entry = this.#entryOf(account);
    const open = entry.open[activity];
    open.set(id, (open.get(id) ?? 0) + 1);
    this.#soon(entry, activity === "answering" ? AT_ONCE_MS : READ_AFTER_MS);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (open.get(id) ?? 0) - 1;
      if (left > 0) open.set(id, left);
      else open.delete(id);
      this.#soon(entry, activity === "answering" ? AT_ONCE_MS : READ_AFTER_MS);
    };
  }

  /** The person came, went, or fell idle. */
  attend(attention: Attention): void {
    if (attention.reads === this.#attention.reads && attention.answers === this.#attention.answers) return;
    this.#attention = attention;
    for (const entry of this.#entries.values()) this.#soon(entry, AT_ONCE_MS);
  }

  /** The window goes: what is to be said at last, for whom something stands. Then nothing more is said until `attend`. */
  farewell(): readonly AnnounceArguments[] {
    this.#attention = { reads: false, answers: false };
    const left = [...this.#entries.values()].filter(({ said }) => said !== NOTHING);
    for (const entry of this.#entries.values()) {
      entry.cancel();
      entry.said = NOTHING;
    }
    return left.map(({ account }) => ({ accountId: account.id, clientId: this.#options.clientId }));
  }

  #entryOf(account: AccountStore): Entry {
    const known = this.#entries.get(account.id);
    if (known?.account === account) return known;
    known?.cancel();
    const entry: Entry = { account, open: { reading: new Map(), answering: new Map() }, said: NOTHING, cancel: () => undefined };
    this.#entries.set(account.id, entry);
    return entry;
  }

  /** What is open now; what somebody answers they are not said to read too. */
  #wanted({ open }: Entry): Said {
    const { reads, answers } = this.#attention;
    const answering = answers ? [...open.answering.keys()] : [];
    const reading = reads ? [...open.reading.keys()].filter((id) => !answering.includes(id)) : [];
    return { reading: reading.slice(-MOST_READING), answering: answering.slice(-MOST_ANSWERING) };
  }

  #soon(entry: Entry, ms: number): void {
    entry.cancel();
    entry.cancel = this.#options.after(ms, () => { this.#say(entry); });
  }

  #say(entry: Entry): void {
    const wanted = this.#wanted(entry);
    const text = JSON.stringify(wanted);
    if (text === NOTHING && entry.said === NOTHING) return;
    entry.said = text;
    entry.account.client.call("Presence/announce", { accountId: entry.account.id, clientId: this.#options.clientId, ...wanted });
    if (text !== NOTHING) this.#soon(entry, AGAIN_MS);
  }
}
