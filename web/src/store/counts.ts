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

/** Add every message's share to the counters on screen. */
export function showCounts(account: AccountStore, shares: ReadonlyMap<EmailId, readonly Delta[]>): CountsShown {
  const left = new Map(shares);
  const sums = new Map<MailboxId, { total: number; unread: number }>();
  const add = (deltas: readonly Delta[], sign: 1 | -1): void => {
    for (const { folder, total, unread } of deltas) {
      const sum = sums.get(folder) ?? { total: 0, unread: 0 };
      sums.set(folder, { total: sum.total + sign * total, unread: sum.unread + sign * unread });
    }
  };
  for (const deltas of left.values()) add(deltas, 1);
  const show = () => account.mailboxes.overlay([...sums.keys()], (mailbox) => {
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
      for (const id of ids) add(left.get(id) ?? [], -1);
      for (const id of ids) left.delete(id);
      overlay.undo();
      overlay = show();
    },
    end: () => { overlay.undo(); },
  };
}
