import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import type { EmailId, MailboxId } from "@/jmap";
import { allHave, byRole, destroyEmails, isDraft, moveEmails, setKeyword } from "@/store";
import type { AccountStore, Attempt, Deed, MessageList, ReversibleDeed } from "@/store";
import { useDeedWords } from "./deedWords";
import { DeedFailed } from "./refusals";
import type { Deeds, OpenDialog } from "./mail";
import { tell } from "./telling";
import { neighbour, without } from "./ticks";
import type { Ticks } from "./ticks";

export interface DeedsOptions {
  readonly account: AccountStore;
  readonly list: MessageList | null;
  readonly folderId: MailboxId | null;
  readonly messageId: EmailId | null;
  readonly ticks: Ticks;
  readonly cursor: EmailId | null;
  readonly isListBehind: boolean;
  readonly setTicks: (change: (ticks: Ticks) => Ticks) => void;
  readonly setCursor: (id: EmailId | null) => void;
  readonly open: (id: EmailId | null) => void;
  readonly openRow: (row: EmailId) => void;
  readonly setProblem: (error: unknown) => void;
  readonly setDialog: (dialog: OpenDialog | null) => void;
}

/** The deeds of one open folder: each acts at once, offers its undo, and reports a refusal in the page. */
export function useDeeds(options: DeedsOptions): Deeds {
  const { t } = useLingui();
  const wordsOf = useDeedWords();
  const { account, list, folderId, messageId, cursor, ticks, isListBehind, setTicks, setCursor, open, openRow, setProblem, setDialog } = options;
  return useMemo(() => {
    const folderName = (id: MailboxId): string => account.mailboxes.get(id)?.name ?? "";
    /** Say how far it is, offer the way back, and report in the page what was not done. */
    const follow = (deed: Deed, attempt: Attempt, ids: readonly EmailId[], how: How = {}): void => {
      const end = (cause: unknown): void => {
        const outcome = deed.outcome();
        if (cause !== null || outcome.unsure.length > 0) setProblem(new DeedFailed(attempt, outcome, cause));
      };
      deed.done.then(() => { end(null); }, end);
      const words = wordsOf(attempt, attempt.kind === "move" ? folderName(attempt.to) : "", how.isDeletion ?? false);
      const { back } = how;
      const undo = back ? () => { follow(back.deed.reverse(), back.attempt, ids, { isQuiet: true }); } : null;
      tell(deed, ids, { ...words, isQuiet: how.isQuiet ?? false, undo });
    };
    const mark = (ids: readonly EmailId[], keyword: "$seen" | "$flagged", on: boolean): void => {
      if (ids.length === 0) return;
      const name = keyword === "$seen" ? (on ? "read" : "unread") : on ? "flagged" : "unflagged";
      const opposite = keyword === "$seen" ? (on ? "unread" : "read") : on ? "unflagged" : "flagged";
      const deed = setKeyword(account, ids, keyword, on);
      follow(deed, { kind: "set", mark: name, isAutomatic: false }, ids, {
        isQuiet: true, back: { deed, attempt: { kind: "set", mark: opposite, isAutomatic: false } },
      });
    };
    /** Move at once and offer the way back. */
    const carry = (ids: readonly EmailId[], to: MailboxId, how: How & { readonly areDraftsSpared?: boolean } = {}): void => {
      const from = (Object.keys(account.emails.get(ids[0] ?? "")?.mailboxIds ?? {})[0] as MailboxId | undefined) ?? folderId;
      leave(ids);
      const deed = moveEmails(account, ids, to, { from: folderId, areDraftsSpared: how.areDraftsSpared ?? false });
      follow(deed, { kind: "move", to }, ids, { ...how, back: { deed, attempt: { kind: "move", to: from ?? to } } });
    };
    /** Untick what leaves and read on with the next message or row; where the list lies behind, return to it. */
    const leave = (ids: readonly EmailId[]): void => {
      const gone = new Set<string>(ids);
      const row = list && cursor !== null ? list.rowOf(cursor) : cursor;
      const leaves = (each: string | null): each is string => each !== null && gone.has(each) && isWhollyIn(list, each as EmailId, gone);
      setTicks((old) => without(old, [...old.ids].filter(leaves)));
      if (cursor === null || !(leaves(row) || gone.has(cursor))) return;
      const sibling = leaves(row) ? null : siblingOf(account, cursor, gone);
      const next = sibling ?? (list && row !== null ? (neighbour(list.rows(), row, new Set(list.rows().filter(leaves))) as EmailId | null) : null);
      setCursor(next);
      if (messageId === null) return;
      if (sibling !== null) open(sibling);
      else if (isListBehind || next === null) open(null);
      else openRow(next);
    };
    const toggle = (ids: readonly EmailId[], keyword: "$seen" | "$flagged"): void => {
      allHave(account, ids, keyword, folderId).then((isAll) => { mark(ids, keyword, !isAll); }, setProblem);
    };
    const areDraftsHere = folderId !== null && account.mailboxes.get(folderId)?.role === "drafts";
    const isSpared = (id: EmailId): boolean => {
      const email = account.emails.get(id);
      return email ? isDraft(account, email) : areDraftsHere;
    };
    /** Whether messages lie in this folder, as those do that are not loaded: a thread reaches into others. */
    const areThere = (ids: readonly EmailId[], id: MailboxId): boolean =>
      ids.every((each) => (account.emails.get(each) ? account.shelf.isIn(each, id) : id === folderId));
    const deeds: Deeds = {
      targets: () => (ticks.ids.size > 0 ? ([...ticks.ids] as EmailId[]) : messageId ? [messageId] : []),
      setSeen: (ids, on) => { mark(ids, "$seen", on); },
      setFlagged: (ids, on) => { mark(ids, "$flagged", on); },
      toggleSeen: (ids) => { toggle(ids, "$seen"); },
      toggleFlagged: (ids) => { toggle(ids, "$flagged"); },
      move: (ids, to) => { if (ids.length > 0 && !areThere(ids, to)) carry(ids, to); },
      moveToRole: (ids, role) => {
        const target = byRole(account.mailboxes.all(), role);
        const isArchive = role === "archive";
        const movable = isArchive ? ids.filter((id) => !isSpared(id)) : ids;
        if (!target) setProblem(new Error(t`This mailbox has no folder for that.`));
        else if (movable.length > 0 && !areThere(movable, target.id)) carry(movable, target.id, { areDraftsSpared: isArchive });
      },
      remove: (ids) => {
        if (ids.length === 0) return;
        const trash = byRole(account.mailboxes.all(), "trash");
        if (!trash || areThere(ids, trash.id)) setDialog({ kind: "destroy", ids });
        else carry(ids, trash.id, { isDeletion: true });
      },
      destroy: (ids) => {
        leave(ids);
        follow(destroyEmails(account, ids, folderId), { kind: "destroy" }, ids, { isQuiet: true });
      },
      chooseFolder: (ids) => { if (ids.length > 0) setDialog({ kind: "move", ids }); },
    };
    return deeds;
  }, [account, list, folderId, messageId, cursor, ticks, isListBehind, setTicks, setCursor, open, openRow, setProblem, setDialog, wordsOf, t]);
}

/** Whether a row has nothing left to show once these messages are gone. */
function isWhollyIn(list: MessageList | null, row: EmailId, gone: ReadonlySet<string>): boolean {
  return list?.messagesOf(row)?.every((id) => gone.has(id)) ?? true;
}

/** The message of the same thread to read on with: the next newer one, else the next older; null where there is none. */
function siblingOf(account: AccountStore, id: EmailId, gone: ReadonlySet<string>): EmailId | null {
  const { threads } = account.shelf;
  const ids = threads.members(threads.of(id)).map((email) => email.id);
  return neighbour(ids, id, gone) as EmailId | null;
}

/** How a deed is told of. */
interface How {
  readonly isDeletion?: boolean;
  readonly isQuiet?: boolean;
  /** What can be taken back, and what that is called when it fails. None: for good, or a way back itself. */
  readonly back?: { readonly deed: ReversibleDeed; readonly attempt: Attempt };
}
