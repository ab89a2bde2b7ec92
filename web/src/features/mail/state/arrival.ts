/** Whether a phone shows the folders or goes to the inbox, where an address names no folder. */

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
