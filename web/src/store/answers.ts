/**
 * Who has answered the messages that letters on this desk answer: asked at first, and again whenever mail or
 * submissions of the account change. Source: docs/jmap.md.
 */
import type { AccountId, Answers, EmailId, JmapClient, State } from "@/jmap";
import { Asking } from "./asking";
import { Records } from "./records";

export class AnswerBoard {
  readonly records = new Records<Answers>();
  readonly #account: AccountId;
  readonly #client: JmapClient;
  readonly #asking: Asking;
  readonly #watched = new Map<EmailId, number>();

  constructor(account: AccountId, client: JmapClient, wait: (ms: number) => Promise<void>) {
    this.#account = account;
    this.#client = client;
    this.#asking = new Asking(() => this.#ask(), wait);
  }

  /** Keep what is known of this message's answers true; the answer ends that. */
  watch(id: EmailId): () => void {
    this.#watched.set(id, (this.#watched.get(id) ?? 0) + 1);
    void this.refresh();
    return () => {
      const left = (this.#watched.get(id) ?? 0) - 1;
      if (left > 0) this.#watched.set(id, left);
      else {
        this.#watched.delete(id);
        this.records.remove([id]); // not kept true any more
      }
    };
  }

  /** The server told new states. */
  changed(states: Readonly<Record<string, State>>): void {
    if ("Email" in states || "EmailSubmission" in states) void this.refresh();
  }

  /** Ask again; what can't be asked stays as it is known. */
  refresh(): Promise<void> {
    return this.#asking.again();
  }

  async #ask(): Promise<void> {
    const ids = [...this.#watched.keys()];
    if (ids.length === 0) return;
    const { list } = await this.#client.call("Answer/get", { accountId: this.#account, ids }).result;
    this.records.put(list.filter((told) => this.#watched.has(told.id) && !isSame(told, this.records.get(told.id))));
  }
}

function isSame(one: Answers, other: Answers | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
