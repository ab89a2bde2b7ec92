/**
 * The emails of one account that this browser holds: rows' records and, for a
 * few, the body. Bounded: what no list shows any more is let go.
 */
import { MethodFailed } from "@/jmap";
import type {
  AccountId, Email, EmailBody, EmailGetArguments, EmailId, JmapClient, MailboxId, State,
} from "@/jmap";
import { readableBody, readableRow } from "./readable";
import { Records } from "./records";
import { ThreadShelf } from "./threads";
import type { Slot } from "./window";

/** The properties of a message that a list shows. */
export const ROW = [
  "id", "blobId", "threadId", "mailboxIds", "keywords", "from", "to", "subject", "receivedAt", "preview", "size",
  "hasAttachment", "poststelle:categories", "poststelle:importance", "poststelle:dueAt", "poststelle:event", "poststelle:receipt",
] as const;

/** Those that the reader shows besides. */
export const BODY = [
  "id", "sender", "cc", "bcc", "replyTo", "sentAt", "bodyValues", "textBody", "htmlBody", "attachments",
  "poststelle:isComplete",
] as const;

const MOST_EMAILS = 6_000;
const MOST_BODIES = 40;
/** Rows asked for in one call. */
export const GET_AT_ONCE = 250;

export interface ShelfOptions {
  readonly accountId: AccountId;
  readonly client: JmapClient;
  /** The ids that lists still show, asked when the shelf is full. */
  readonly inUse: () => Iterable<Slot>;
  /** Told the state of every Email/get. */
  readonly onState: (state: State) => void;
}

export class EmailShelf {
  readonly emails = new Records<Email>();
  /** Which messages belong together, as far as threaded lists and the reader have asked. */
  readonly threads: ThreadShelf;
  readonly #options: ShelfOptions;
  readonly #bodies = new Map<EmailId, Promise<EmailBody>>();

  constructor(options: ShelfOptions) {
    this.#options = options;
    this.threads = new ThreadShelf({ accountId: options.accountId, client: options.client, shelf: this });
  }

  isIn(id: string, mailboxId: MailboxId): boolean {
    return this.emails.get(id)?.mailboxIds[mailboxId] === true;
  }

  /** Fetch rows and put them on the shelf. */
  async fetch(which: Pick<EmailGetArguments, "ids" | "#ids">): Promise<void> {
    const { accountId, client, onState } = this.#options;
    const answer = await client.call("Email/get", { accountId, ...which, properties: ROW }).result;
    this.emails.put(answer.list.map(readableRow));
    this.emails.remove(answer.notFound);
    onState(answer.state);
  }

  /** Fetch the rows of `ids` that are not held. */
  async need(ids: readonly EmailId[]): Promise<void> {
    await this.refetch(ids.filter((id) => !this.emails.get(id)));
  }

  async refetch(ids: readonly EmailId[]): Promise<void> {
    const parts = Array.from({ length: Math.ceil(ids.length / GET_AT_ONCE) }, (_, i) =>
      ids.slice(i * GET_AT_ONCE, (i + 1) * GET_AT_ONCE));
    await Promise.all(parts.map((part) => this.fetch({ ids: part })));
  }

  /** The body of one email; asked for once and remembered for the latest few. */
  body(id: EmailId): Promise<EmailBody> {
    const known = this.#bodies.get(id);
    const body = known ?? this.#fetchBody(id);
    this.#bodies.delete(id);
    this.#bodies.set(id, body); // the latest asked for is the last let go
    if (!known) {
      const forget = (): void => { if (this.#bodies.get(id) === body) this.#bodies.delete(id); };
      body.then((told) => { if (!told["poststelle:isComplete"]) forget(); }, forget);
      this.#dropOldestBody();
    }
    return body;
  }

  /** Bodies never change, but an attachment list may become known later. */
  dropBody(id: EmailId): void {
    this.#bodies.delete(id);
  }

  remove(ids: readonly EmailId[]): void {
    for (const id of ids) this.#bodies.delete(id);
    this.emails.remove(ids);
  }

  trimWhenFull(): void {
    if (this.emails.size <= MOST_EMAILS) return;
    const kept = new Set<Slot>(this.#options.inUse());
    for (const id of this.#bodies.keys()) kept.add(id);
    for (const id of this.threads.companions(kept)) kept.add(id);
    this.emails.remove([...this.emails.ids()].filter((id) => !kept.has(id)));
    this.threads.trim();
  }

  async #fetchBody(id: EmailId): Promise<EmailBody> {
    const { accountId, client } = this.#options;
    const answer = await client.call("Email/get", {
      accountId, ids: [id], properties: BODY, fetchTextBodyValues: true, fetchHTMLBodyValues: true,
    }).result;
    const body = answer.list[0];
    if (!body) throw new MethodFailed("Email/get", "notFound", "The message is no longer there");
    return readableBody(body as EmailBody);
  }

  #dropOldestBody(): void {
    const oldest = this.#bodies.keys().next();
    if (this.#bodies.size > MOST_BODIES && !oldest.done) this.#bodies.delete(oldest.value);
  }
}
