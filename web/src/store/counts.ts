/** What a deed does to the counters of folders, shown until the server tells them itself. */
import type { EmailId, MailboxId } from "@/jmap";
import type { AccountStore } from "./account";

export interface Delta {
  readonly folder: MailboxId;
  readonly total: number;
  readonly unread: number;
}

export interface CountsShown {
  /** The server's counters hold these messages' share now. */
  drop(ids: readonly EmailId[]): void;
  end(): void;
}

/**
 * Add every message's share to the counters on screen. `shareOf` always tells the same of a message; of many it
 * had better tell the very same array, for each is looked at once only.
 */
export function showCounts(account: AccountStore, all: ReadonlySet<EmailId>, shareOf: (id: EmailId) => readonly Delta[]): CountsShown {
  const settled = new Set<EmailId>();
  const sums = new Map<MailboxId, { total: number; unread: number }>();
  const add = (deltas: readonly Delta[], times: number): void => {
    for (const { folder, total, unread } of deltas) {
      const sum = sums.get(folder) ?? { total: 0, unread: 0 };
      sums.set(folder, { total: sum.total + times * total, unread: sum.unread + times * unread });
    }
  };
  const often = new Map<readonly Delta[], number>();
  for (const id of all) {
    const share = shareOf(id);
    often.set(share, (often.get(share) ?? 0) + 1);
  }
  for (const [share, times] of often) add(share, times);
  const show = () => account.mailboxes.overlay(new Set(sums.keys()), (mailbox) => {
    const sum = sums.get(mailbox.id) ?? { total: 0, unread: 0 };
    return {
      ...mailbox,
      totalEmails: Math.max(0, mailbox.totalEmails + sum.total),
      unreadEmails: Math.max(0, mailbox.unreadEmails + sum.unread),
    };
  });
  let overlay = show();
  return {
    drop: (ids) => {
      for (const id of ids) {
        if (!all.has(id) || settled.has(id)) continue;
        settled.add(id);
        add(shareOf(id), -1);
      }
      overlay.undo();
      overlay = show();
    },
    end: () => { overlay.undo(); },
  };
}
