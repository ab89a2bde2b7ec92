/**
 * Everything the mail module knows, for one login: session, assigned mailboxes,
 * accounts opened so far, and the line to the server.
 *
 *     start ──session + assigned──> ready ──event stream──> accounts refresh themselves
 *                  │                            └─broken──> offline, back-off, catch up
 *                  └──401──> onLoginNeeded
 */
import { JmapClient, LoginNeeded, Offline, PING_S, PushChannel, eventSourceUrl, limits, loadSession } from "@/jmap";
import type { AccountId, EventStream, Mailbox, Session, StateChange, Transport } from "@/jmap";
import { AccountStore } from "./account";
import { loadAssigned } from "./assigned";
import type { AssignedMailbox } from "./assigned";
import { Favourites } from "./favourites";
import { KnownCategories } from "./categories";
import { FolderBook } from "./folder-book";
import { Listeners, Value } from "./signal";

export type Line = "connecting" | "online" | "offline";

export interface MailStoreOptions {
  readonly transport: Transport;
  readonly openStream: (url: string) => EventStream;
  /** Run later; the answer cancels. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly random: () => number;
  readonly onLoginNeeded: () => void;
}

const TYPES = ["Email", "Mailbox", "Thread", "SyncState", "EmailSubmission", "Presence"];
const ASSIGNED_EVERY_MS = 3_000;
const RETRY_MS = 5_000;

export class MailStore {
  readonly session = new Value<Session | null>(null);
  readonly assigned = new Value<readonly AssignedMailbox[] | null>(null);
  readonly line = new Value<Line>("connecting");
  /** Why nothing could be loaded at all; null while all is well. */
  readonly failure = new Value<unknown>(null);
  readonly transport: Transport;
  /** Told whenever the server has told a change, or may have while nobody listened. */
  readonly news = new Listeners();
  readonly favourites: Favourites;
  readonly categories: KnownCategories;
  /** The folders of mailboxes that are not open. */
  readonly folderBook = new FolderBook((id) => this.#foldersOf(id));
  readonly #options: MailStoreOptions;
  readonly #accounts = new Map<AccountId, AccountStore>();
  readonly #push: PushChannel;
  #client: JmapClient | null = null;
  #loading: Promise<void> | null = null;
  #isRunning = false;
  #wasOpened = false;
  #cancelLater: (() => void) | null = null;

  constructor(options: MailStoreOptions) {
    this.#options = options;
    this.transport = this.#guarded(options.transport);
    this.categories = new KnownCategories(this.transport);
    this.favourites = new Favourites(this.transport);
    this.#push = new PushChannel({
      url: () => this.#streamUrl(),
      open: options.openStream,
      onOpen: () => { this.#opened(); },
      onChange: (change) => { this.#changed(change); },
      onBroken: () => { void this.reload(); },
      onStatus: (status) => { this.#setLine(status); },
      after: options.after,
      random: options.random,
    });
  }

  /** Load and listen; a second call does nothing. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#begin();
  }

  /** Stop listening; what is known stays. `start` goes on. */
  stop(): void {
    this.#isRunning = false;
    this.#push.stop();
    this.#cancelLater?.();
    this.#cancelLater = null;
  }

  /** The line is cut, whatever the stream believes. */
  lost(): void {
    this.line.set("offline");
    this.#push.lost();
  }

  /** The window or the network came back: look at once. */
  wake(): void {
    if (!this.#isRunning) return;
    if (this.session.get()) this.#push.wake();
    else void this.#begin();
  }

  /** The account's mail, made at first use; undefined when it is not assigned to us. */
  account(id: AccountId): AccountStore | undefined {
    const session = this.session.get();
    const isOurs = this.assigned.get()?.some((mailbox) => mailbox.id === id) ?? false;
    if (!session || !isOurs) return undefined;
    const known = this.#accounts.get(id);
    if (known) return known;
    const account = new AccountStore(id, this.#clientOf(session), (ms) => new Promise((resolve) => { this.#options.after(ms, resolve); }));
    this.#accounts.set(id, account);
    account.sync.subscribe(() => { this.#noteState(account); });
    account.reached();
    return account;
  }

  /** The accounts opened so far, the latest last. */
  opened(): readonly AccountStore[] {
    return [...this.#accounts.values()];
  }

  /** Read again who we are and what is assigned to us. */
  reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => { this.#loading = null; });
    return this.#loading;
  }

  async #foldersOf(id: AccountId): Promise<readonly Mailbox[]> {
    const session = this.session.get();
    if (!session) return [];
    return (await this.#clientOf(session).call("Mailbox/get", { accountId: id, ids: null }).result).list;
  }

  #loadFavourites(): void {
    this.favourites.load().catch(() => undefined);
  }

  async #begin(): Promise<void> {
    this.#loadFavourites();
    await this.reload();
    if (!this.#isRunning) return;
    if (this.session.get()) this.#push.start();
    else this.#later(RETRY_MS, () => { void this.#begin(); });
  }

  async #load(): Promise<void> {
    try {
      const [session, assigned] = await Promise.all([loadSession(this.transport), loadAssigned(this.transport)]);
      this.#dropUnassigned(assigned);
      if (session.state !== this.session.get()?.state) this.session.set(session);
      this.assigned.set(assigned);
      this.failure.set(null);
    } catch (error) {
      if (error instanceof Offline) this.line.set("offline");
      if (!this.session.get()) this.failure.set(error);
    }
  }

  #dropUnassigned(assigned: readonly AssignedMailbox[]): void {
    const ours = new Set<string>(assigned.map((mailbox) => mailbox.id));
    this.folderBook.keepOnly(ours);
    for (const id of [...this.#accounts.keys()]) if (!ours.has(id)) this.#accounts.delete(id);
  }

  #opened(): void {
    for (const account of this.#accounts.values()) account.reached();
    void this.reload();
    if (this.#wasOpened) { this.#loadFavourites(); this.folderBook.changedAnywhere(); }
    this.#wasOpened = true;
    this.news.tell();
  }

  #changed({ changed }: StateChange): void {
    for (const [id, states] of Object.entries(changed)) {
      this.#accounts.get(id as AccountId)?.changed(states);
      if ("Mailbox" in states) this.folderBook.changed(id as AccountId);
      if ("SyncState" in states) this.#reloadAssignedSoon();
    }
    if (Object.values(changed).some((states) => "Email" in states || "Mailbox" in states)) this.news.tell();
  }

  /** A mailbox that was signed in (or lost its sign-in) looks different at once. */
  #noteState(account: AccountStore): void {
    const told = account.sync.get()?.state;
    const known = this.assigned.get()?.find((mailbox) => mailbox.id === account.id)?.state;
    if (told && known && told !== known) void this.reload();
  }

  #reloadAssignedSoon(): void {
    if (this.#cancelLater) return;
    this.#later(ASSIGNED_EVERY_MS, () => { void this.reload(); });
  }

  #later(ms: number, run: () => void): void {
    this.#cancelLater?.();
    this.#cancelLater = this.#options.after(ms, () => {
      this.#cancelLater = null;
      if (this.#isRunning) run();
    });
  }

  #setLine(status: "connecting" | "open" | "waiting"): void {
    if (status === "open") this.line.set("online");
    if (status === "waiting") this.line.set("offline");
  }

  #clientOf(session: Session): JmapClient {
    this.#client ??= new JmapClient({
      transport: this.transport,
      apiUrl: session.apiUrl,
      maxCalls: limits(session).maxCallsInRequest,
      onSessionState: (state) => { if (state !== this.session.get()?.state) void this.reload(); },
    });
    return this.#client;
  }

  #streamUrl(): string {
    const session = this.session.get();
    return session ? eventSourceUrl(session, TYPES, PING_S) : "";
  }

  /** Whoever hears it first tells that the login has ended, or the line is cut. */
  #guarded(transport: Transport): Transport {
    return async (url, body, method, asking) => {
      try {
        return await transport(url, body, method, asking);
      } catch (error) {
        if (error instanceof LoginNeeded) {
          this.stop();
          this.#options.onLoginNeeded();
        }
        if (error instanceof Offline && this.#isRunning) this.lost();
        throw error;
      }
    };
  }
}
