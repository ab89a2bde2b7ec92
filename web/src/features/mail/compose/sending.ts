/**
 * From "Send" to sent, so that nothing is sent twice and nothing is lost.
 *
 *     files there ──> saved ──> submitted ──> held (undo) ──> sent
 *                       │          │                          └── failed: the draft is back
 *                  no answer: asked what became of it, then again
 *
 * Submitting twice is refused by the server, so asking again after a lost answer is safe.
 */
import type { Submission } from "@/jmap";
import { Busy, Offline, SetFailed } from "@/jmap";
import type { AccountStore } from "@/store";
import { findSubmission, loadSubmission, submitDraft } from "@/store";
import type { Sending } from "@/store";

export type Wait = (ms: number) => Promise<void>;
export type Submitted = Pick<Submission, "id" | "sendAt">;

const AGAIN_MS = 3_000;
const MOST_TRIES = 100;

/** Submit a draft; waits as long as nobody answers and `isWanted`. Throws what the server refuses, and Offline when it is not wanted any more. */
export async function submit(account: AccountStore, sending: Sending, wait: Wait, isWanted: () => boolean = () => true): Promise<Submitted> {
  let wasLost = false;
  for (let tries = 0; ; tries += 1) {
    try {
      const done = wasLost ? await findSubmission(account, sending.draft) : null;
      return done ?? await submitDraft(account, sending);
    } catch (error) {
      const other = error instanceof SetFailed ? await findSubmission(account, sending.draft).catch(() => null) : null;
      if (other?.undoStatus === "pending") return other; // somebody else was quicker
      if (!(error instanceof Offline || error instanceof Busy) || tries >= MOST_TRIES || !isWanted()) throw error;
      wasLost = true;
      await wait(error instanceof Busy ? error.afterS * 1_000 : AGAIN_MS);
    }
  }
}

/** Looks after the hold, ever rarer: most are sent within a second or two. */
const LOOKS_MS = [2_000, 3_000, 5_000, 10_000, 20_000, 60_000, 120_000, 300_000];

/** What became of a submission: null while nobody knows after ten minutes, or where it is known no more. */
export async function outcomeOf(account: AccountStore, { id }: Submitted, wait: Wait): Promise<Submission | null> {
  for (const ms of LOOKS_MS) {
    await wait(ms);
    const found = await loadSubmission(account, id).catch(() => undefined);
    if (found === null) return null;
    if (found && found["poststelle:state"] !== "pending" && found["poststelle:state"] !== "sending") return found;
  }
  return null;
}
