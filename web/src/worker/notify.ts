/**
 * Notifications of new mail: one for each mailbox, shown, renewed and taken away.
 *
 *     push · page ──stir──> look ──> show · renew silently · close ──> unread count to badge and pages
 *                             └─ logged out, or somebody else is logged in ──> all of it ends
 */
import type { NewsChoice, NewsProgress, NewsRecords } from "@/device/news-record";
import { JmapClient } from "@/jmap/client";
import { Busy, LoginNeeded, Offline } from "@/jmap/errors";
import type { Transport } from "@/jmap/transport";
import type { AccountId, EmailId } from "@/jmap/types";
import type { Language } from "@/lib/language";
import type { MailboxNews, NewMail } from "./news";
import { look } from "./news";
import type { FromWorker, WindowClient } from "./scope";
import type { Words } from "./words";
import { blindWords, newsWords } from "./words";

/** What a notification carries: where it leads, and what it shows. */
export interface Shown {
  readonly account: AccountId | null;
  readonly ids: readonly EmailId[];
  readonly path: string;
}

/** What we use of the service worker's registration. */
export interface Board {
  getNotifications(options?: { readonly tag?: string }): Promise<readonly Pick<Notification, "tag" | "data" | "close">[]>;
  showNotification(title: string, options: NotificationOptions & { readonly renotify?: boolean; readonly timestamp?: number }): Promise<void>;
  readonly pushManager?: { getSubscription(): Promise<{ unsubscribe(): Promise<boolean> } | null> };
}

export interface NotifierOptions {
  readonly records: NewsRecords;
  readonly transport: Transport;
  readonly board: Board;
  readonly windows: () => Promise<readonly Pick<WindowClient, "url" | "focused" | "postMessage">[]>;
  readonly speak: (language: Language) => void;
  readonly setBadge: (count: number) => Promise<void>;
  /** The person is not logged in here any more: what this device keeps of their mail goes. */
  readonly forget: (userId: string) => Promise<void>;
  readonly now: () => Date;
}

const TAG = "poststelle.mail.";
const BLIND = `${TAG}?`;
const EVERY_INBOX = "/mail/all/inbox/";
const API = "/jmap/api";
const MOST_CALLS = 16;
const PROLONG_MS = 7 * 86_400_000;

/** Source: RFC 8620 §7.2.2. */
interface PushVerification {
  readonly "@type": "PushVerification";
  readonly pushSubscriptionId: string;
  readonly verificationCode: string;
}

/** What we read of the page's first question. Source: docs/api.md. */
interface Start {
  readonly user: { readonly id: string } | null;
  readonly quiet_until?: string | null;
}

export class Notifier {
  readonly #options: NotifierOptions;
  #running: Promise<void> | null = null;
  #isStale = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Something was pushed: the code that proves that we read here, or that there is new mail. */
  async pushed(message: unknown): Promise<void> {
    if (isVerification(message)) {
      const { pushSubscriptionId: id, verificationCode } = message;
      await this.#client().call("PushSubscription/set", { update: { [id]: { verificationCode } } }).result;
      return;
    }
    try {
      await this.stir();
    } catch (error) {
      if (!(error instanceof Offline || error instanceof Busy)) throw error;
      await this.#showBlind(); // a push that shows nothing costs the permission to push
    }
  }

  /** There may be news. Looks asked for while one is under way are one more. Errors: as of a request. */
  stir(): Promise<void> {
    this.#isStale = true;
    this.#running ??= this.#run().finally(() => { this.#running = null; });
    return this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const choice = await this.#options.records.choice();
    if (!choice) { await this.#end(); return; }
    this.#options.speak(choice.language);
    const start = await this.#start();
    if (start?.user?.id !== choice.userId) {
      await this.#options.records.setChoice(null);
      await this.#end();
      await this.#options.forget(choice.userId);
      return;
    }
    await this.#lookFor(choice, start.quiet_until ?? null);
  }

  /** `quietUntil`: notifications are held back until then; null: they are not. */
  async #lookFor(choice: NewsChoice, quietUntil: string | null): Promise<void> {
    const { records, now } = this.#options;
    const kept = await records.progress();
    const before = kept?.userId === choice.userId ? kept : { userId: choice.userId, mailboxes: {}, prolongedAt: now().getTime() };
    const shown = await this.#shown();
    const found = await look(this.#client(), choice, before, { shown: (id) => shown.get(id) ?? [], now: now(), isQuiet: quietUntil !== null });
    const prolongedAt = await this.#prolonged(before);
    await records.setProgress({ ...found.progress, prolongedAt });
    for (const mailbox of found.mailboxes) await this.#show(mailbox, shown.get(mailbox.id) ?? [], choice);
    await this.#close((tag) => tag === BLIND || found.gone.some((id) => tag === TAG + id) || !this.#isChosen(tag, choice));
    await this.#count(found.mailboxes.reduce((sum, { unread }) => sum + unread, 0));
    await this.#tell({ kind: "quiet", until: quietUntil });
  }

  /** Who is logged in, and whether they are to be notified; null: nobody is. */
  async #start(): Promise<Start | null> {
    try {
      return (await this.#options.transport("/api/start")) as Start;
    } catch (error) {
      if (error instanceof LoginNeeded) return null;
      throw error;
    }
  }

  async #show(mailbox: MailboxNews, shown: readonly EmailId[], choice: NewsChoice): Promise<void> {
    const { fresh, standing } = mailbox;
    const isSeen = fresh.length > 0 && (await this.#isLookedAt(mailbox.id));
    const all = isSeen ? standing : [...fresh, ...standing];
    if (all.length === 0) { await this.#close((tag) => tag === TAG + mailbox.id); return; }
    const isNews = fresh.length > 0 && !isSeen;
    if (!isNews && standing.length === shown.length) return;
    await this.#put(TAG + mailbox.id, newsWords(mailbox, all, choice.isDiscreet), shownOf(mailbox, all), isNews, all[0]);
  }

  async #put(tag: string, { title, body }: Words, data: Shown, isNews: boolean, newest?: NewMail): Promise<void> {
    await this.#options.board.showNotification(title, {
      body, tag, data, icon: "/icons/icon-192.png", badge: "/icons/badge-96.png", renotify: isNews, silent: !isNews,
      ...(newest ? { timestamp: Date.parse(newest.receivedAt) } : {}),
    });
  }

  async #showBlind(): Promise<void> {
    const choice = await this.#options.records.choice();
    if (!choice) return;
    this.#options.speak(choice.language);
    const names = Object.values(choice.mailboxes).map(({ name }) => name);
    await this.#put(BLIND, blindWords(names), { account: null, ids: [], path: "/mail" }, true);
  }

  /** The window in front shows the mailbox, or the inboxes of all: its list tells the news itself. */
  async #isLookedAt(id: AccountId): Promise<boolean> {
    const windows = await this.#options.windows();
    return windows.some(({ url, focused }) => focused && [`/mail/${id}/`, EVERY_INBOX].some((place) => `${new URL(url).pathname}/`.startsWith(place)));
  }

  async #shown(): Promise<ReadonlyMap<AccountId, readonly EmailId[]>> {
    const all = await this.#options.board.getNotifications();
    return new Map(all.flatMap(({ tag, data }) => {
      const { account, ids } = data as Shown;
      return tag.startsWith(TAG) && account ? [[account, ids] as const] : [];
    }));
  }

  #isChosen(tag: string, choice: NewsChoice): boolean {
    return Object.keys(choice.mailboxes).some((id) => tag === TAG + id);
  }

  async #close(isMeant: (tag: string) => boolean): Promise<void> {
    for (const each of await this.#options.board.getNotifications()) if (each.tag.startsWith(TAG) && isMeant(each.tag)) each.close();
  }

  /** Nothing is to be shown any more: what is on screen goes, and nothing wakes this device again. */
  async #end(): Promise<void> {
    await this.#close(() => true);
    await this.#options.records.setProgress(null);
    await this.#count(null);
    const subscription = await this.#options.board.pushManager?.getSubscription();
    await subscription?.unsubscribe();
  }

  async #count(count: number | null): Promise<void> {
    await this.#options.setBadge(count ?? 0);
    await this.#tell({ kind: "unread", count });
  }

  async #tell(message: FromWorker): Promise<void> {
    for (const window of await this.#options.windows()) window.postMessage(message);
  }

  /** A push subscription ends after a month unless somebody asks for more. Answers when that was last done. */
  async #prolonged(before: NewsProgress): Promise<number> {
    const now = this.#options.now().getTime();
    if (now - before.prolongedAt < PROLONG_MS) return before.prolongedAt;
    const client = this.#client();
    const { list } = await client.call("PushSubscription/get", { ids: null }).result;
    const update = Object.fromEntries(list.map(({ id }) => [id, { expires: null }]));
    if (list.length > 0) await client.call("PushSubscription/set", { update }).result;
    return now;
  }

  #client(): JmapClient {
    return new JmapClient({ transport: this.#options.transport, apiUrl: API, maxCalls: MOST_CALLS });
  }
}

function shownOf({ id, inbox }: MailboxNews, mail: readonly NewMail[]): Shown {
  const [first, ...others] = mail;
  const path = first && others.length === 0 ? `/mail/${id}/${inbox}/${first.id}` : `/mail/${id}/${inbox}`;
  return { account: id, ids: mail.map((each) => each.id), path };
}

function isVerification(message: unknown): message is PushVerification {
  return (message as { readonly "@type"?: unknown } | null)?.["@type"] === "PushVerification";
}
