/**
 * Deleting what waits to be sent: first it is kept from being sent, then it moves. The way back has it sent at its
 * time again. Comes when somebody does that.
 */
import { t } from "@lingui/core/macro";
import { MethodFailed, SetFailed } from "@/jmap";
import type { EmailId, SetErrorBody, Submission } from "@/jmap";
import { serverNow } from "@/lib/serverClock";
import type { AccountStore } from "@/store";
import { loadMarks, submitDraft } from "@/store";
import { showToast } from "@/ui";
import { DeedFailed } from "../state/refusals";
import { cancel } from "./sending";

/** Have these drafts sent at their time again: those that are back in their folder. */
export type Resume = (account: AccountStore, ids: readonly EmailId[]) => void;

export interface Unsent {
  readonly account: AccountStore;
  readonly submissions: readonly Submission[];
  /** Those that are sent all the same, and why. */
  readonly refused: ReadonlyMap<EmailId, SetErrorBody>;
}

/** Keep from being sent those of the drafts that wait for it; waits as long as nobody answers. */
export async function unsend(account: AccountStore, ids: readonly EmailId[]): Promise<Unsent> {
  const submissions: Submission[] = [];
  const refused = new Map<EmailId, SetErrorBody>();
  for (const id of ids) {
    const submission = account.waiting.of(id);
    if (!submission) continue;
    const refusal = await refusalOf(cancel(account, submission, account.wait), id);
    if (refusal) refused.set(id, refusal);
    else submissions.push(submission);
  }
  return { account, submissions, refused };
}

async function refusalOf(canceled: Promise<boolean>, id: EmailId): Promise<SetErrorBody | null> {
  try {
    return await canceled ? null : { type: "cannotUnsend" };
  } catch (error) {
    if (error instanceof SetFailed) return error.refused.values().next().value ?? { type: "serverFail" };
    if (error instanceof MethodFailed) return { type: error.type, description: id };
    throw error;
  }
}

/** Ids are one within an account alone: of several each has its own. */
export function resumeOf(all: readonly Unsent[]): Resume {
  return (account, ids) => {
    const back = new Set(ids);
    for (const { submissions } of all.filter((each) => each.account === account)) {
      for (const each of submissions) if (back.has(each.emailId)) void resume(account, each);
    }
  };
}

async function resume(account: AccountStore, { emailId, identityId, sendAt }: Submission): Promise<void> {
  const at = new Date(sendAt);
  if (at.getTime() <= serverNow()) {
    showToast(t`It is a draft again: the time at which it was to be sent has passed.`);
    return;
  }
  try {
    await submitDraft(account, { draft: emailId, identity: identityId, at, marks: await loadMarks(account, emailId) });
  } catch (error) {
    const refused = new Map([[emailId, { type: "serverFail" }]]);
    account.problem.set(new DeedFailed({ kind: "schedule" }, { changed: [], refused, left: [], unsure: [] }, error));
  }
}
