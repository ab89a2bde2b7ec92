/**
 * Marks that reading makes by itself. Nobody asked for them, so nobody is told
 * when one fails: without a line it waits for the next catching up, a refusal ends it.
 */
import { Busy, Offline } from "@/jmap";
import type { EmailId } from "@/jmap";
import type { AccountStore } from "./account";
import { hasKeyword, setKeyword } from "./actions";

export class ReadMarks {
  readonly #account: AccountStore;
  readonly #waiting = new Set<EmailId>();

  constructor(account: AccountStore) {
    this.#account = account;
    account.status.subscribe(() => { if (account.status.get().kind === "ready") this.#again(); });
  }

  /** The message was read. */
  note(id: EmailId): void {
    const email = this.#account.emails.get(id);
    if (!email || hasKeyword(email, "$seen")) return;
    setKeyword(this.#account, [id], "$seen", true, { isAutomatic: true }).done.catch((error: unknown) => {
      if (error instanceof Offline || error instanceof Busy) this.#waiting.add(id);
    });
  }

  /** A person decided otherwise meanwhile. */
  forget(ids: readonly EmailId[]): void {
    if (this.#waiting.size > 0) for (const id of ids) this.#waiting.delete(id);
  }

  #again(): void {
    const ids = [...this.#waiting];
    this.#waiting.clear();
    for (const id of ids) this.note(id);
  }
}
