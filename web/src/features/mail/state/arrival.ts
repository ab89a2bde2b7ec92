/** What opens where an address names no mailbox or no folder. */
import type { AssignedMailbox } from "@/store";

/**
 * Whether there is mail to show. A mailbox that waits for a sign-in may have been
 * connected before, and what is stored stays readable then as after a lost sign-in.
 */
export function hasMail({ state, sync }: Pick<AssignedMailbox, "state" | "sync">): boolean {
  return state !== "waiting_for_sign_in" || sync.held > 0;
}

function readiness(mailbox: AssignedMailbox): number {
  if (mailbox.state === "connected") return 0;
  return hasMail(mailbox) ? 1 : 2;
}

/** The mailbox used last, else the first of those that have mail to show. */
export function firstMailbox(assigned: readonly AssignedMailbox[], lastId: string | null): AssignedMailbox | undefined {
  const byReadiness = assigned.toSorted((a, b) => readiness(a) - readiness(b));
  return assigned.find((each) => each.id === lastId) ?? byReadiness[0];
}

let askedFor: string | null = null;

/** The person asked to see this mailbox's folders. */
export function askForFolders(accountId: string): void {
  askedFor = accountId;
}

/** The person came to their mail anew: it opens at the inbox. */
export function arriveAnew(): void {
  askedFor = null;
}

export function areFoldersAskedFor(accountId: string): boolean {
  return askedFor === accountId;
}
