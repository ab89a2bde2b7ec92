/** What opens where an address names no mailbox or no folder. */
import type { AssignedMailbox } from "@/store";

const readiness: Readonly<Record<AssignedMailbox["state"], number>> = { connected: 0, sign_in_needed: 1, waiting_for_sign_in: 2 };

/** The mailbox used last, else the first of those that have mail to show. */
export function firstMailbox(assigned: readonly AssignedMailbox[], lastId: string | null): AssignedMailbox | undefined {
  const byReadiness = assigned.toSorted((a, b) => readiness[a.state] - readiness[b.state]);
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
