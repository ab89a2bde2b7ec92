import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import type { EmailId, MailboxId } from "@/jmap";
import { byRole, destroyEmails, hasKeyword, moveEmails, setKeyword } from "@/store";
import type { AccountStore, Deed, MessageList } from "@/store";
import { showToast } from "@/ui";
import type { Deeds, OpenDialog } from "./mail";
import { neighbour, without } from "./ticks";
import type { Ticks } from "./ticks";

export interface DeedsOptions {
  readonly account: AccountStore;
  readonly list: MessageList | null;
  readonly folderId: MailboxId | null;
  readonly messageId: EmailId | null;
  readonly ticks: Ticks;
  readonly isListBehind: boolean;
  readonly setTicks: (change: (ticks: Ticks) => Ticks) => void;
  readonly open: (id: EmailId | null) => void;
  readonly setProblem: (error: unknown) => void;
  readonly setDialog: (dialog: OpenDialog | null) => void;
}

/** The deeds of one open folder: each acts at once, offers its undo, and reports a refusal in the page. */
export function useDeeds(options: DeedsOptions): Deeds {
  const { t } = useLingui();
  const { account, list, folderId, messageId, ticks, isListBehind, setTicks, open, setProblem, setDialog } = options;
  return useMemo(() => {
    const watch = (deed: Deed): Deed => {
      deed.done.catch(setProblem);
      return deed;
    };
    /** Untick what leaves and read on with the next message; where the list lies behind, return to it. */
    const leave = (ids: readonly EmailId[]): void => {
      const gone = new Set<string>(ids);
      setTicks((old) => without(old, gone));
      if (messageId === null || !gone.has(messageId)) return;
      open(isListBehind || !list ? null : (neighbour(list.rows(), messageId, gone) as EmailId | null));
    };
    const folderName = (id: MailboxId): string => account.mailboxes.get(id)?.name ?? "";
    const move = (ids: readonly EmailId[], to: MailboxId): void => {
      if (ids.length === 0 || to === folderId) return;
      leave(ids);
      const deed = watch(moveEmails(account, ids, to));
      const name = folderName(to);
      showToast(
        plural(ids.length, { one: `Moved to “${name}”`, other: `# messages moved to “${name}”` }),
        () => { watch(deed.reverse()); },
      );
    };
    const isAll = (ids: readonly EmailId[], keyword: string): boolean =>
      ids.every((id) => hasKeyword(account.emails.get(id), keyword));
    const deeds: Deeds = {
      targets: () => (ticks.ids.size > 0 ? ([...ticks.ids] as EmailId[]) : messageId ? [messageId] : []),
      setSeen: (ids, on) => { if (ids.length > 0) watch(setKeyword(account, ids, "$seen", on)); },
      setFlagged: (ids, on) => { if (ids.length > 0) watch(setKeyword(account, ids, "$flagged", on)); },
      toggleSeen: (ids) => { deeds.setSeen(ids, !isAll(ids, "$seen")); },
      toggleFlagged: (ids) => { deeds.setFlagged(ids, !isAll(ids, "$flagged")); },
      move,
      moveToRole: (ids, role) => {
        const target = byRole(account.mailboxes.all(), role);
        if (target) move(ids, target.id);
        else setProblem(new Error(t`This mailbox has no folder for that.`));
      },
      remove: (ids) => {
        if (ids.length === 0) return;
        const trash = byRole(account.mailboxes.all(), "trash");
        if (!trash || trash.id === folderId) setDialog({ kind: "destroy", ids });
        else {
          leave(ids);
          const deed = watch(moveEmails(account, ids, trash.id));
          showToast(plural(ids.length, { one: "Message deleted", other: "# messages deleted" }), () => { watch(deed.reverse()); });
        }
      },
      destroy: (ids) => {
        leave(ids);
        watch(destroyEmails(account, ids));
      },
    };
    return deeds;
  }, [account, list, folderId, messageId, ticks, isListBehind, setTicks, open, setProblem, setDialog, t]);
}
