import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import type { EmailId, MailboxId } from "@/jmap";
import { byRole, destroyEmails, hasKeyword, isDraft, moveEmails, setKeyword } from "@/store";
import type { AccountStore, Attempt, Deed, MessageList } from "@/store";
import { DeedFailed } from "./refusals";
import type { Deeds, OpenDialog } from "./mail";
import { neighbour, without } from "./ticks";
import type { Ticks } from "./ticks";
import { offerUndo } from "./undo";

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
  readonly setProblem: (error: unknown) => void;
  readonly setDialog: (dialog: OpenDialog | null) => void;
}

/** The deeds of one open folder: each acts at once, offers its undo, and reports a refusal in the page. */
export function useDeeds(options: DeedsOptions): Deeds {
  const { t } = useLingui();
  const { account, list, folderId, messageId, cursor, ticks, isListBehind, setTicks, setCursor, open, setProblem, setDialog } = options;
  return useMemo(() => {
    const watch = (deed: Deed, attempt: Attempt, ids: readonly EmailId[]): Deed => {
      deed.done.catch((error: unknown) => { setProblem(new DeedFailed(attempt, ids, error)); });
      return deed;
    };
    const mark = (ids: readonly EmailId[], keyword: "$seen" | "$flagged", on: boolean): void => {
      if (ids.length === 0) return;
      const name = keyword === "$seen" ? (on ? "read" : "unread") : on ? "flagged" : "unflagged";
      watch(setKeyword(account, ids, keyword, on), { kind: "set", mark: name, isAutomatic: false }, ids);
    };
    /** Move at once and offer the way back. */
    const carry = (ids: readonly EmailId[], to: MailboxId, said: string): void => {
      const from = Object.keys(account.emails.get(ids[0] ?? "")?.mailboxIds ?? {})[0] as MailboxId | undefined;
      leave(ids);
      const deed = watch(moveEmails(account, ids, to), { kind: "move", to }, ids);
      offerUndo(said, () => { watch(deed.reverse(), { kind: "move", to: from ?? to }, ids); });
    };
    /** Untick what leaves and read on with the next message; where the list lies behind, return to it. */
    const leave = (ids: readonly EmailId[]): void => {
      const gone = new Set<string>(ids);
      setTicks((old) => without(old, gone));
      if (cursor === null || !gone.has(cursor)) return;
      const next = list ? (neighbour(list.rows(), cursor, gone) as EmailId | null) : null;
      setCursor(next);
      if (messageId !== null) open(isListBehind ? null : next);
    };
    const folderName = (id: MailboxId): string => account.mailboxes.get(id)?.name ?? "";
    const move = (ids: readonly EmailId[], to: MailboxId): void => {
      if (ids.length === 0 || to === folderId) return;
      const name = folderName(to);
      carry(ids, to, plural(ids.length, { one: `Moved to “${name}”`, other: `# messages moved to “${name}”` }));
    };
    const isAll = (ids: readonly EmailId[], keyword: string): boolean =>
      ids.every((id) => hasKeyword(account.emails.get(id), keyword));
    const deeds: Deeds = {
      targets: () => (ticks.ids.size > 0 ? ([...ticks.ids] as EmailId[]) : messageId ? [messageId] : []),
      setSeen: (ids, on) => { mark(ids, "$seen", on); },
      setFlagged: (ids, on) => { mark(ids, "$flagged", on); },
      toggleSeen: (ids) => { deeds.setSeen(ids, !isAll(ids, "$seen")); },
      toggleFlagged: (ids) => { deeds.setFlagged(ids, !isAll(ids, "$flagged")); },
      move,
      moveToRole: (ids, role) => {
        const target = byRole(account.mailboxes.all(), role);
        const movable = role === "archive" ? ids.filter((id) => !isDraft(account, account.emails.get(id))) : ids;
        if (target) move(movable, target.id);
        else setProblem(new Error(t`This mailbox has no folder for that.`));
      },
      remove: (ids) => {
        if (ids.length === 0) return;
        const trash = byRole(account.mailboxes.all(), "trash");
        if (!trash || trash.id === folderId) setDialog({ kind: "destroy", ids });
        else carry(ids, trash.id, plural(ids.length, { one: "Message deleted", other: "# messages deleted" }));
      },
      destroy: (ids) => {
        leave(ids);
        watch(destroyEmails(account, ids), { kind: "destroy" }, ids);
      },
    };
    return deeds;
  }, [account, list, folderId, messageId, cursor, ticks, isListBehind, setTicks, setCursor, open, setProblem, setDialog, t]);
}
