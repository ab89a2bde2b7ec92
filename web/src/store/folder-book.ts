/**
 * The folders of mailboxes that are not open: for favourites and for going there. Only of those that somebody needs;
 * an open mailbox knows its own.
 */
import type { AccountId, Mailbox } from "@/jmap";
import { Value } from "./signal";

export class FolderBook {
  readonly folders = new Value<ReadonlyMap<string, readonly Mailbox[]>>(new Map());
  readonly #ask: (id: AccountId) => Promise<readonly Mailbox[]>;
  readonly #needed = new Set<AccountId>();

  constructor(ask: (id: AccountId) => Promise<readonly Mailbox[]>) {
    this.#ask = ask;
  }

  /** Know these from now on. */
  need(ids: readonly AccountId[]): void {
    const news = ids.filter((id) => !this.#needed.has(id));
    for (const id of news) this.#needed.add(id);
    for (const id of news) void this.#read(id);
  }

  /** Something has changed in a mailbox, or may have while nobody listened. */
  changed(id: AccountId): void {
    if (this.#needed.has(id)) void this.#read(id);
  }

  changedAnywhere(): void {
    for (const id of this.#needed) void this.#read(id);
  }

  /** Those that are not ours any more go. */
  keepOnly(ours: ReadonlySet<string>): void {
    for (const id of [...this.#needed]) if (!ours.has(id)) this.#needed.delete(id);
    const known = this.folders.get();
    if ([...known.keys()].some((id) => !ours.has(id))) this.folders.set(new Map([...known].filter(([id]) => ours.has(id))));
  }

  /** What can't be read now is read with the next change, or the next line to the server. */
  async #read(id: AccountId): Promise<void> {
    const folders = await this.#ask(id).catch(() => null);
    if (folders && this.#needed.has(id)) this.folders.set(new Map([...this.folders.get(), [id, folders]]));
  }
}
