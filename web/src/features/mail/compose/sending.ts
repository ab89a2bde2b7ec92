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
import { SetFailed } from "@/jmap";
import type { AccountStore } from "@/store";
import { cancelSubmission, findSubmission, loadSubmission, submitDraft } from "@/store";
import type { Sending } from "@/store";
import { againMs, isPassing } from "./passing";

export type Wait = (ms: number) => Promise<void>;
export type Submitted = Pick<Submission, "id" | "sendAt">;

const AGAIN_MS = 1_000;
/** Sent, or so long ago that nothing is known of it any more. */
const TOO_LATE: ReadonlySet<string> = new Set(["cannotUnsend", "notFound"]);
const MOST_TRIES = 100;

/** Somebody wants it not to be sent after all. `isSent`: it was too late. */
export class SendingStopped extends Error {
  override readonly name = "SendingStopped";
  readonly isSent: boolean;

  constructor(isSent: boolean) {
    super("stopped");
    this.isSent = isSent;
  }
}

/** Nobody wants it to be sent, but it could not be taken back: it goes at its time, unless somebody does. */
export class NotStopped extends Error {
  override readonly name = "NotStopped";

  constructor(cause: unknown) {
    super("not stopped", { cause });
  }
}

/**
 * Submit a draft; waits as long as nobody answers. Throws what the server refuses.
 * When it is not wanted any more, what a lost answer may have said is found out, and nothing is submitted: SendingStopped.
 */
export async function submit(account: AccountStore, sending: Sending, wait: Wait, isWanted: () => boolean = () => true): Promise<Submitted> {
  let wasLost = false;
  for (let tries = 0; ; tries += 1) {
    try {
      const done = wasLost ? await findSubmission(account, sending.draft) : null;
      if (!done && !isWanted()) throw new SendingStopped(false);
      return done ?? await submitDraft(account, sending);
    } catch (error) {
      const other = error instanceof SetFailed ? await findSubmission(account, sending.draft).catch(() => null) : null;
      if (other?.undoStatus === "pending") return other; // somebody else was quicker
      if (!isPassing(error) || tries >= MOST_TRIES) throw error;
      wasLost = true;
      await wait(againMs(error, AGAIN_MS));
    }
  }
}

/** Don't send it after all; waits as long as nobody answers, for a lost answer says nothing. False: it was too late. */
export async function cancel(account: AccountStore, { id }: Pick<Submitted, "id">, wait: Wait): Promise<boolean> {
  for (let tries = 0; ; tries += 1) {
    try {
      await cancelSubmission(account, id);
      return true;
    } catch (error) {
      if (error instanceof SetFailed && [...error.refused.values()].every(({ type }) => TOO_LATE.has(type))) return false;
      if (!isPassing(error) || tries >= MOST_TRIES) throw error;
      await wait(againMs(error, AGAIN_MS));
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
