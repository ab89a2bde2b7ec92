/** The categories that mailboxes are known to have: asked for once for each, when first wanted. */
import type { AccountId, Transport } from "@/jmap";
import { loadCategories } from "./assigned";

export class KnownCategories {
  readonly #transport: Transport;
  readonly #names = new Map<AccountId, readonly string[]>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What is known by now, the most used first. */
  of(account: AccountId): readonly string[] {
    const known = this.#names.get(account);
    if (known) return known;
    this.#names.set(account, []);
    loadCategories(this.#transport, account).then(
      (names) => { this.#names.set(account, names); },
      () => { this.#names.delete(account); }, // proposals alone: asked for again with the next key
    );
    return [];
  }
}
