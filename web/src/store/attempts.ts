/**
 * What this window asked for lately, by message: a refusal that arrives later can then
 * be told in the words of the deed. Bounded: the oldest is forgotten first.
 */
import type { EmailId, MailboxId } from "@/jmap";

export type Mark = "read" | "unread" | "flagged" | "unflagged" | "categorised" | "uncategorised";

export type Attempt =
  | { readonly kind: "set"; readonly mark: Mark; /** Made by reading, not by a person's press. */ readonly isAutomatic: boolean; /** The name of the category that is set or taken away. */ readonly category?: string }
  | { readonly kind: "move"; readonly to: MailboxId }
  | { readonly kind: "destroy" };

const MOST = 2_000;

export class Attempts {
  readonly #latest = new Map<string, Attempt>();

  note(ids: readonly EmailId[], attempt: Attempt): void {
    const names = attempt.kind === "set" ? [attempt.kind, attempt.mark] : [attempt.kind];
    const latest = ids.length > MOST ? ids.slice(-MOST) : ids; // the others would be forgotten again at once
    for (const key of latest.flatMap((id) => names.map((name) => `${name} ${id}`))) {
      this.#latest.delete(key);
      this.#latest.set(key, attempt);
    }
    for (const key of this.#latest.keys()) {
      if (this.#latest.size <= MOST) break;
      this.#latest.delete(key);
    }
  }

  /** The latest attempt of this kind, or at this mark, on this message; undefined when it was not made in this window. */
  of(id: EmailId, kind: Attempt["kind"] | Mark | "copy" | "create" | "send"): Attempt | undefined {
    return this.#latest.get(`${kind} ${id}`);
  }
}
