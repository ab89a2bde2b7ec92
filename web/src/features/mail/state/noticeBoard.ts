/**
 * The notices of one account, read once for all parts of the page that show them.
 *
 *     synchronisation moved ──look──> a moment ──> GET notices
 *            └── again within that moment: the same reading
 *
 * Reading one message moves it several times: marked, waiting, sent, confirmed.
 */
import type { Transport } from "@/jmap";
import type { AccountStore, Notice } from "@/store";
import { dismissNotice, loadNotices } from "@/store";
import { isUndoOffered, withdrawUndo } from "./undo";

const MOMENT_MS = 1_500;
/** While a toast says that something was done: it may not say so much longer than it is true. */
const SHORT_MOMENT_MS = 300;

export class NoticeBoard {
  readonly #transport: Transport;
  readonly #account: AccountStore;
  #seen: unknown = null;
  #known: ReadonlySet<Notice["id"]> | null = null;
  #isStale = false;
  #isRunning = false;

  constructor(transport: Transport, account: AccountStore) {
    this.#transport = transport;
    this.#account = account;
  }

  /** Newest first; null while they have never been read. */
  get notices(): AccountStore["notices"] {
    return this.#account.notices;
  }

  /** `hint` may be news, and is once for all who pass it on. The first is read at once, later all of a moment together. */
  look(hint: object): void {
    if (this.#seen === hint) return;
    this.#seen = hint;
    this.#isStale = true;
    if (!this.#isRunning) void this.#run();
  }

  async dismiss(id: Notice["id"]): Promise<void> {
    await dismissNotice(this.#transport, this.#account.id, id);
    this.notices.set((this.notices.get() ?? []).filter((notice) => notice.id !== id));
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isStale) {
      if (this.#known !== null) await this.#account.wait(isUndoOffered() ? SHORT_MOMENT_MS : MOMENT_MS);
      this.#isStale = false;
      await this.#read();
    }
    this.#isRunning = false;
  }

  async #read(): Promise<void> {
    let all: readonly Notice[];
    try {
      all = await loadNotices(this.#transport, this.#account.id);
    } catch {
      return; // the line to the server is shown elsewhere; the next change asks again
    }
    const silent = new Set(all.filter((notice) => isAutomatic(this.#account, notice)));
    for (const { id } of silent) dismissNotice(this.#transport, this.#account.id, id).catch(() => undefined); // another window may be first
    for (const { id, message } of all) if (this.#known && !this.#known.has(id)) withdrawUndo(message);
    this.#known = new Set(all.map(({ id }) => id));
    this.notices.set(all.filter((notice) => !silent.has(notice)));
  }
}

/** A mark that reading made, not a person: its refusal is nobody's news. */
function isAutomatic(account: AccountStore, { kind, message }: Notice): boolean {
  const attempt = kind === "set" || kind === "read" ? account.attempts.of(message, kind) : undefined;
  return attempt?.kind === "set" && attempt.isAutomatic;
}

const boards = new WeakMap<AccountStore, NoticeBoard>();

export function boardOf(transport: Transport, account: AccountStore): NoticeBoard {
  const board = boards.get(account) ?? new NoticeBoard(transport, account);
  boards.set(account, board);
  return board;
}
