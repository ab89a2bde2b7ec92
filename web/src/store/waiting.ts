/**
 * The drafts of an account that wait to be sent: for a moment, for their time, or until Microsoft takes more.
 *
 * Asked for when the first draft comes on screen, and again whenever the server tells of submissions: whoever
 * reads mail alone never asks. Source: RFC 8621 §7, docs/jmap.md.
 */
import type { AccountId, EmailId, JmapClient, State, Submission, SubmissionId } from "@/jmap";
import { Asking } from "./asking";
import { Records } from "./records";

/** `id`: the draft's. */
export interface WaitingDraft {
  readonly id: EmailId;
  readonly submission: Submission;
}

const PAGE = 250;

export class WaitingBoard {
  readonly #drafts = new Records<WaitingDraft>();
  readonly #account: AccountId;
  readonly #client: JmapClient;
  readonly #asking: Asking;
  #isWatched = false;

  constructor(account: AccountId, client: JmapClient, wait: (ms: number) => Promise<void>) {
    this.#account = account;
    this.#client = client;
    this.#asking = new Asking(async () => { this.#take(await this.#load()); }, wait);
  }

  /** The submission that a draft waits for; undefined where there is none, as far as is known. */
  of(draft: string): Submission | undefined {
    return this.#drafts.get(draft)?.submission;
  }

  subscribe(draft: string, listener: () => void): () => void {
    if (!this.#isWatched) {
      this.#isWatched = true;
      void this.refresh();
    }
    return this.#drafts.subscribe(draft, listener);
  }

  /** The server agreed not to send it. */
  ended(submission: SubmissionId): void {
    this.#drafts.remove(this.#drafts.all().filter((each) => each.submission.id === submission).map(({ id }) => id));
  }

  /** The server told new states. */
  changed(states: Readonly<Record<string, State>>): void {
    if ("EmailSubmission" in states) void this.refresh();
  }

  /** Ask again; what can't be asked stays as it is known. */
  refresh(): Promise<void> {
    return this.#isWatched ? this.#asking.again() : Promise.resolve();
  }

  async #load(): Promise<readonly Submission[]> {
    const found: Submission[] = [];
    for (let position = 0; ; position += PAGE) {
      const accountId = this.#account;
      const query = this.#client.call("EmailSubmission/query", { accountId, filter: { undoStatus: "pending" }, position, limit: PAGE });
      const { result } = this.#client.call("EmailSubmission/get", { accountId, "#ids": query.ref("/ids") });
      const { ids } = await query.result;
      found.push(...(await result).list.filter(({ undoStatus }) => undoStatus === "pending")); // it may have gone in between
      if (ids.length < PAGE) return found;
    }
  }

  #take(list: readonly Submission[]): void {
    const told = new Map<string, WaitingDraft>(list.map((submission) => [submission.emailId, { id: submission.emailId, submission }]));
    this.#drafts.remove([...this.#drafts.ids()].filter((id) => !told.has(id)));
    this.#drafts.put([...told.values()]);
  }
}
