import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import { openFeature } from "@/i18n";
import { SetFailed } from "@/jmap";
import type { EmailId, MailboxId } from "@/jmap";
import { allHave, byRole, destroyEmails, isDraft, moveEmails, removeIfEmpty, setCategory, setKeyword, together } from "@/store";
import type { AccountStore, Attempt, Deed, ReversibleDeed, RowList } from "@/store";
import type { Resume } from "../compose/unsending";
import { useDeedWords } from "./deedWords";
import { DeedFailed } from "./refusals";
import type { Deeds, OpenDialog } from "./mail";
import { tell } from "./telling";
import { neighbour, without } from "./ticks";
import type { Ticks } from "./ticks";
import { useNameOf } from "./useNameOf";

/** The messages of one account among those that something is done to. */
export interface DeedPart {
  readonly account: AccountStore;
  /** Where those lie that are not loaded; null: anywhere. */
  readonly folderId: MailboxId | null;
  readonly ids: readonly EmailId[];
}

export interface DeedsOptions {
  /** Messages as they are called on the page, by account. */
  readonly partsOf: (ids: readonly EmailId[]) => readonly DeedPart[];
  /** What the page calls a message of an account. */
  readonly nameOf: (account: AccountStore, id: EmailId) => EmailId;
  readonly list: RowList | null;
  readonly messageId: EmailId | null;
  readonly ticks: Ticks;
  readonly cursor: EmailId | null;
  readonly isListBehind: boolean;
  readonly setTicks: (change: (ticks: Ticks) => Ticks) => void;
  readonly setCursor: (id: EmailId | null) => void;
  readonly open: (id: EmailId | null) => void;
  readonly openRow: (row: EmailId) => void;
  readonly setDialog: (dialog: OpenDialog | null) => void;
}

/** The deeds of what is open: each acts at once, offers its undo, and reports a refusal in the page. */
export function useDeeds(options: DeedsOptions): Deeds {
  const { t } = useLingui();
  const wordsOf = useDeedWords();
  const called = useNameOf();
  const { partsOf, nameOf, list, messageId, cursor, ticks, isListBehind, setTicks, setCursor, open, openRow, setDialog } = options;
  return useMemo(() => {
    /** Say how far it is, offer the way back, and report in the page what was not done. */
    const follow = (begun: readonly Begun[], how: How = {}): void => {
      const [first] = begun;
      if (!first) return;
      for (const { part: { account }, deed, attempt } of begun) {
        const end = (cause: unknown): void => {
          const outcome = deed.outcome();
          how.resume?.(account, [...outcome.refused.keys(), ...outcome.left] as EmailId[]);
          if (cause !== null || outcome.unsure.length > 0) account.problem.set(new DeedFailed(attempt, outcome, cause));
        };
        deed.done.then(() => { end(null); }, end);
      }
      const { part: { account }, attempt } = first;
      const folder = attempt.kind === "move" ? called(account.mailboxes.get(attempt.to)) : "";
      const ways = begun.flatMap(({ part, back }) => (back ? [{ part, back }] : []));
      const goBack = (): void => {
        const backs = ways.map(({ part, back }) => ({ part, deed: back.deed.reverse(), attempt: back.attempt }));
        follow(backs, { isQuiet: true });
        const { newFolder, resume } = how;
        for (const { part, deed } of resume ? backs : []) deed.done.then(() => resume?.(part.account, deed.outcome().changed)).catch(() => undefined);
        if (newFolder) for (const { part, deed } of backs) deed.done.then(() => removeIfEmpty(part.account, newFolder)).catch(() => undefined); // then it stays
      };
      const undo = ways.length > 0 ? goBack : null;
      const ids = begun.flatMap(({ part }) => part.ids);
      tell(together(begun.map(({ deed }) => deed)), ids, { ...wordsOf(attempt, folder, how), isQuiet: how.isQuiet ?? false, undo });
    };
    const mark = (parts: readonly DeedPart[], keyword: "$seen" | "$flagged", on: boolean): void => {
      const attempt = (isOn: boolean): Attempt =>
        ({ kind: "set", mark: keyword === "$seen" ? (isOn ? "read" : "unread") : isOn ? "flagged" : "unflagged", isAutomatic: false });
      const begun = parts.map((part) => {
        const deed = setKeyword(part.account, part.ids, keyword, on);
        return { part, deed, attempt: attempt(on), back: { deed, attempt: attempt(!on) } };
      });
      follow(begun, { isQuiet: begun.reduce((sum, { deed }) => sum + deed.progress.get().total, 0) <= 1 }); // one is seen, and pressed again
    };
    /** Move at once and offer the way back. */
    const carry = (targets: readonly Target[], how: How & { readonly areDraftsSpared?: boolean } = {}): void => {
      if (targets.length === 0) return;
      leaveFor(targets);
      follow(targets.map(({ part, to }) => {
        const { account, ids, folderId } = part;
        const from = (Object.keys(account.emails.get(ids[0] ?? "")?.mailboxIds ?? {})[0] as MailboxId | undefined) ?? folderId;
        const deed = moveEmails(account, ids, to, { from: folderId, areDraftsSpared: how.areDraftsSpared ?? false });
        return { part, deed, attempt: { kind: "move", to }, back: { deed, attempt: { kind: "move", to: from ?? to } } };
      }), how);
    };
    const leaveFor = (targets: readonly Target[]): void => { leave(targets.flatMap(({ part }) => part.ids.map((id) => nameOf(part.account, id)))); };
    /** Delete what waits to be sent: it is kept from that first. What can't be kept from it stays where it is. */
    const carryUnsent = async (targets: readonly Target[]): Promise<void> => {
      leaveFor(targets);
      const [{ unsend, resumeOf }] = await Promise.all([import("../compose/unsending"), openFeature("mail/compose")]);
      const kept = await Promise.all(targets.map(({ part: { account, ids } }) => unsend(account, ids)));
      const ready = targets.map(({ part, to }, at) => ({ to, part: { ...part, ids: part.ids.filter((id) => !kept[at]?.refused.has(id)) } }));
      kept.forEach(({ refused }, at) => {
        const target = targets[at];
        if (target && refused.size > 0) target.part.account.problem.set(new DeedFailed({ kind: "move", to: target.to }, { ...NOTHING_DONE, refused }, new SetFailed(refused)));
      });
      carry(ready.filter(({ part }) => part.ids.length > 0), { isDeletion: true, isUnsent: kept.some(({ submissions }) => submissions.length > 0), resume: resumeOf(kept) });
    };
    /** Untick what leaves and read on with the next message or row; where the list lies behind, return to it. */
    const leave = (ids: readonly EmailId[]): void => {
      const gone = new Set<string>(ids);
      const row = list && cursor !== null ? list.rowOf(cursor) : cursor;
      const leaves = (each: string | null): each is string => each !== null && gone.has(each) && isWhollyIn(list, each as EmailId, gone);
      setTicks((old) => without(old, [...old.ids].filter(leaves)));
      if (cursor === null || !(leaves(row) || gone.has(cursor))) return;
      const sibling = leaves(row) ? null : siblingOf(cursor, gone);
      const next = sibling ?? (list && row !== null ? (neighbour(list.rows(), row, new Set(list.rows().filter(leaves))) as EmailId | null) : null);
      setCursor(next);
      if (messageId === null) return;
      if (sibling !== null) open(sibling);
      else if (isListBehind || next === null) open(null);
      else openRow(next);
    };
    /** The message of the same thread to read on with: the next newer one, else the next older; null where there is none. */
    const siblingOf = (id: EmailId, gone: ReadonlySet<string>): EmailId | null => {
      const [part] = partsOf([id]);
      if (!part) return null;
      const { account, account: { shelf: { threads } } } = part;
      const members = threads.members(threads.of(part.ids[0] ?? "")).map((email) => nameOf(account, email.id));
      return neighbour(members, id, gone) as EmailId | null;
    };
    const toggle = (ids: readonly EmailId[], keyword: "$seen" | "$flagged"): void => {
      const parts = partsOf(ids);
      Promise.all(parts.map(({ account, ids: some, folderId }) => allHave(account, some, keyword, folderId))).then(
        (all) => { mark(parts, keyword, all.includes(false)); },
        (error: unknown) => { parts[0]?.account.problem.set(error); },
      );
    };
    const deeds: Deeds = {
      targets: () => (ticks.ids.size > 0 ? ([...ticks.ids] as EmailId[]) : messageId ? [messageId] : []),
      setSeen: (ids, on) => { mark(partsOf(ids), "$seen", on); },
      setFlagged: (ids, on) => { mark(partsOf(ids), "$flagged", on); },
      toggleSeen: (ids) => { toggle(ids, "$seen"); },
      toggleFlagged: (ids) => { toggle(ids, "$flagged"); },
      move: (ids, to, isFolderNew = false) => {
        carry(partsOf(ids).filter((part) => part.account.mailboxes.get(to) && !areThere(part, to)).map((part) => ({ part, to })), isFolderNew ? { newFolder: to } : {});
      },
      moveToRole: (ids, role) => {
        const isArchive = role === "archive";
        const targets: Target[] = [];
        for (const part of partsOf(ids)) {
          const target = byRole(part.account.mailboxes.all(), role);
          const movable = isArchive ? withoutDrafts(part) : part;
          if (!target) part.account.problem.set(new Error(t`This mailbox has no folder for that.`));
          else if (movable.ids.length > 0 && !areThere(movable, target.id)) targets.push({ part: movable, to: target.id });
        }
        carry(targets, { areDraftsSpared: isArchive });
      },
      remove: (ids) => {
        const parts = partsOf(ids);
        const targets = parts.flatMap((part): readonly Target[] => {
          const trash = byRole(part.account.mailboxes.all(), "trash");
          return !trash || areThere(part, trash.id) ? [] : [{ part, to: trash.id }];
        });
        const waiting = targets.find(({ part }) => part.ids.some((id) => part.account.waiting.of(id)));
        if (waiting) carryUnsent(targets).catch((error: unknown) => { waiting.part.account.problem.set(error); });
        else if (targets.length > 0) carry(targets, { isDeletion: true });
        else if (ids.length > 0) setDialog({ kind: "destroy", ids });
      },
      destroy: (ids) => {
        leave(ids);
        follow(partsOf(ids).map((part) => ({ part, deed: destroyEmails(part.account, part.ids, part.folderId), attempt: { kind: "destroy" } })), { isQuiet: true });
      },
      bringBack: (ids, from, to) => {
        follow(partsOf(ids).map((part) => ({ part, deed: moveEmails(part.account, part.ids, to, { from, isOnlyFrom: true }), attempt: { kind: "move", to } })), { isQuiet: true });
      },
      setCategory: (ids, name, on) => {
        follow(partsOf(ids).map((part) => {
          const deed = setCategory(part.account, part.ids, name, on);
          const attempt = (isOn: boolean): Attempt => ({ kind: "set", mark: isOn ? "categorised" : "uncategorised", isAutomatic: false, category: name });
          return { part, deed, attempt: attempt(on), back: { deed, attempt: attempt(!on) } };
        }));
      },
      chooseCategories: (ids) => { if (ids.length > 0) setDialog({ kind: "categories", ids }); },
      chooseFolder: (ids) => { if (ids.length > 0) setDialog({ kind: "move", ids }); },
    };
    return deeds;
  }, [partsOf, nameOf, list, messageId, cursor, ticks, isListBehind, setTicks, setCursor, open, openRow, setDialog, wordsOf, called, t]);
}

/** Whether messages lie in this folder, as those do that are not loaded: a thread reaches into others. */
function areThere({ account, ids, folderId }: DeedPart, id: MailboxId): boolean {
  return ids.every((each) => (account.emails.get(each) ? account.shelf.isIn(each, id) : id === folderId));
}

function withoutDrafts(part: DeedPart): DeedPart {
  const { account, folderId } = part;
  const areDraftsHere = folderId !== null && account.mailboxes.get(folderId)?.role === "drafts";
  return { ...part, ids: part.ids.filter((id) => { const email = account.emails.get(id); return !(email ? isDraft(account, email) : areDraftsHere); }) };
}

/** Whether a row has nothing left to show once these messages are gone. */
function isWhollyIn(list: RowList | null, row: EmailId, gone: ReadonlySet<string>): boolean {
  return list?.messagesOf(row)?.every((id) => gone.has(id)) ?? true;
}

const NOTHING_DONE = { changed: [], left: [], unsure: [] } as const;

/** Where the messages of one account go. */
interface Target {
  readonly part: DeedPart;
  readonly to: MailboxId;
}

/** What was begun with the messages of one account. */
interface Begun {
  readonly part: DeedPart;
  readonly deed: Deed;
  readonly attempt: Attempt;
  /** What can be taken back, and what that is called when it fails. None: for good, or a way back itself. */
  readonly back?: { readonly deed: ReversibleDeed; readonly attempt: Attempt };
}

/** How a deed is told of. */
interface How {
  readonly isDeletion?: boolean;
  /** It waited to be sent, and was kept from that. */
  readonly isUnsent?: boolean;
  /** Have what comes back, or did not go, sent at its time again. */
  readonly resume?: Resume;
  readonly isQuiet?: boolean;
  /** What the messages go to was made for them. */
  readonly newFolder?: MailboxId;
}
