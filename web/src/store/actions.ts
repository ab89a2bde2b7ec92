/**
 * What a user does to messages: shown at once, told to the server, taken back if it refuses.
 *
 *     do ──> overlay on records, counters and lists ──> Email/set, portion by portion
 *               agreed:    the overlay becomes the truth; counters are the server's
 *               refused:   those messages return to where they were; SetFailed says why
 *               no answer: what really is is read, and what is missing sent again
 *
 * The messages need not be loaded: how they stand is read before they are changed, so
 * that the way back knows it too. Source: RFC 8621 §4.6, RFC 8620 §5.3.
 */
import type { Email, EmailId, Keyword, MailboxId } from "@/jmap";
import type { AccountStore } from "./account";
import { showCounts } from "./counts";
import type { Delta } from "./counts";
import { doing, doingForGood } from "./deed";
import type { Deed, ReversibleDeed, SetPart, Shown } from "./deed";
import { foldersOf, hasCategory, hasKeyword, isDraft } from "./held";
import type { Held } from "./held";
import type { MessageList } from "./list";

export { foldersOf, hasCategory, hasKeyword, isDraft } from "./held";
export { PORTION } from "./deed";
export type { Deed, Outcome, Progress, ReversibleDeed } from "./deed";

/** Set or clear one keyword on many messages; `isAutomatic` when no person pressed anything. */
export function setKeyword(
  account: AccountStore, ids: readonly EmailId[], keyword: Keyword, on: boolean, { isAutomatic = false } = {},
): ReversibleDeed {
  const isSo = (now: Held): boolean => hasKeyword(now, keyword) === on;
  const affected = withoutHeld(account, ids, isSo);
  const mark = keyword === "$seen" ? (on ? "read" : "unread") : on ? "flagged" : "unflagged";
  if (keyword === "$seen" && !isAutomatic) account.readMarks.forget(ids);
  account.attempts.note(affected, { kind: "set", mark, isAutomatic });
  const patch = { [`keywords/${keyword}`]: on ? true : null };
  return doing(account, affected, {
    wants: (now) => !isSo(now),
    isDone: (now) => !now || isSo(now),
    part: (some) => ({ update: Object.fromEntries(some.map((id) => [id, patch])) }),
    touches: keyword === "$seen" ? foldersOf : () => [],
    show: (all, held) => showKeyword(account, all, held, keyword, on),
    back: (changed) => setKeyword(account, changed, keyword, !on),
    isImpatient: isAutomatic,
  });
}

/** Put many messages into a category or take them out of it. */
export function setCategory(account: AccountStore, ids: readonly EmailId[], category: string, on: boolean): ReversibleDeed {
  const isSo = (now: Held): boolean => hasCategory(now, category) === on;
  const affected = withoutHeld(account, ids, isSo);
  account.attempts.note(affected, { kind: "set", mark: on ? "categorised" : "uncategorised", isAutomatic: false, category });
  return doing(account, affected, {
    wants: (now) => !isSo(now),
    isDone: (now) => !now || isSo(now),
    part: (some, before) => ({
      update: Object.fromEntries(some.map((id) => [id, { "poststelle:categories": categoriesWith(before.get(id)?.["poststelle:categories"] ?? [], category, on) }])),
    }),
    touches: () => [],
    show: (all) => {
      const overlay = account.emails.overlay(all, (email) => ({ ...email, "poststelle:categories": categoriesWith(email["poststelle:categories"], category, on) }));
      for (const list of account.lists()) list.keep(all);
      return { settle: (some, agreed) => { overlay.keep(agreed); overlay.undo(some); }, end: () => { overlay.undo(); } };
    },
    back: (changed) => setCategory(account, changed, category, !on),
  });
}

/** Those of which it is not known already that nothing need be done. */
function withoutHeld(account: AccountStore, ids: readonly EmailId[], isSo: (now: Held) => boolean): readonly EmailId[] {
  const done = new Set(account.emails.all().filter(isSo).map(({ id }) => id));
  return done.size === 0 ? ids : ids.filter((id) => !done.has(id));
}

function categoriesWith(names: readonly string[], category: string, on: boolean): readonly string[] {
  const others = names.filter((each) => each.toLowerCase() !== category.toLowerCase());
  return on ? [...others, category] : others;
}

export interface MoveOptions {
  /** Where messages lie that are not loaded: the folder of the list they were chosen from. */
  readonly from?: MailboxId | null;
  /** Messages not sent yet stay where they are. */
  readonly areDraftsSpared?: boolean;
  /** So do those that do not lie in `from`. */
  readonly isOnlyFrom?: boolean;
}

/** Move many messages into `to`, out of every folder they are in. */
export function moveEmails(
  account: AccountStore, ids: readonly EmailId[], to: MailboxId, { from = null, areDraftsSpared = false, isOnlyFrom = false }: MoveOptions = {},
): ReversibleDeed {
  const isSpared = (now: Held): boolean => (areDraftsSpared && isDraft(account, now)) || (isOnlyFrom && from !== null && !now.mailboxIds[from]);
  return carry(account, ids, () => to, from, isSpared);
}

function carry(
  account: AccountStore, ids: readonly EmailId[], target: (id: EmailId) => MailboxId, from: MailboxId | null,
  isSpared: (now: Held) => boolean,
): ReversibleDeed {
  for (const [to, some] of Map.groupBy(ids, target)) account.attempts.note(some, { kind: "move", to });
  const isThere = (now: Held): boolean => now.mailboxIds[target(now.id)] === true;
  return doing(account, ids, {
    wants: (now) => !isThere(now) && !isSpared(now),
    isDone: (now) => !now || isThere(now),
    part: (some) => ({ update: Object.fromEntries(some.map((id) => [id, { mailboxIds: { [target(id)]: true } }])) }),
    touches: (before) => [...foldersOf(before), target(before.id)],
    show: (all, held) => {
      const spared = new Set([...held.values()].filter(isSpared).map(({ id }) => id));
      return showMove(account, spared.size === 0 ? all : new Set([...all].filter((id) => !spared.has(id))), held, target, from);
    },
    back: (changed, before) => carry(account, changed, (id) => origin(before.get(id), target(id)), null, () => false),
  });
}

function origin(before: Held | undefined, otherwise: MailboxId): MailboxId {
  return (before ? foldersOf(before)[0] : undefined) ?? otherwise;
}

/** Remove many messages for good: this has no way back. */
export function destroyEmails(account: AccountStore, ids: readonly EmailId[], from: MailboxId | null = null): Deed {
  account.attempts.note(ids, { kind: "destroy" });
  return doingForGood(account, ids, {
    wants: () => true,
    isDone: (now) => !now,
    part: (some): SetPart => ({ destroy: some }),
    touches: foldersOf,
    show: (all, held) => showMove(account, all, held, () => null, from),
  });
}

/** Whether all of these messages carry the keyword, loaded or not. Those not loaded lie in `folder`. */
export async function allHave(account: AccountStore, ids: readonly EmailId[], keyword: Keyword, folder: MailboxId | null): Promise<boolean> {
  const unknown = new Set<string>(ids.filter((id) => !account.emails.get(id)));
  if (ids.some((id) => !unknown.has(id) && !hasKeyword(account.emails.get(id), keyword))) return false;
  if (unknown.size === 0 || !folder) return unknown.size === 0;
  const { ids: without } = await account.client.call("Email/query", {
    accountId: account.id, filter: { inMailbox: folder, notKeyword: keyword },
    sort: [{ property: "receivedAt", isAscending: false }], limit: MOST_WITHOUT,
  }).result;
  return without.length < MOST_WITHOUT && !without.some((id) => unknown.has(id));
}

const MOST_WITHOUT = 5_000;

function withKeyword(email: Email, keyword: Keyword, on: boolean): Email {
  if (hasKeyword(email, keyword) === on) return email;
  const others = Object.entries(email.keywords).filter(([name]) => name !== keyword);
  return { ...email, keywords: Object.fromEntries(on ? [...others, [keyword, true]] : others) };
}

function showKeyword(
  account: AccountStore, all: ReadonlySet<EmailId>, held: ReadonlyMap<EmailId, Held>, keyword: Keyword, on: boolean,
): Shown {
  const overlay = account.emails.overlay(all, (email) => withKeyword(email, keyword, on));
  const shares = new Map([...held].map(([id, now]) => [
    id, keyword === "$seen" ? foldersOf(now).map((folder): Delta => ({ folder, total: 0, unread: on ? -1 : 1 })) : [],
  ]));
  const counts = showCounts(account, new Set(shares.keys()), (id) => shares.get(id) ?? []);
  for (const list of account.lists()) list.keep(all);
  return {
    settle: (some, agreed) => {
      overlay.keep(agreed);
      overlay.undo(some);
      counts.drop(some);
    },
    end: () => {
      overlay.undo();
      counts.end();
    },
  };
}

/** Out of the lists at once, into those of their target; `target` null: nowhere. */
function showMove(
  account: AccountStore, all: ReadonlySet<EmailId>, held: ReadonlyMap<EmailId, Held>, target: (id: EmailId) => MailboxId | null,
  from: MailboxId | null,
): Shown {
  const byTarget = Map.groupBy(all, target);
  const isGone = byTarget.has(null);
  const of = (fits: (to: MailboxId | null) => boolean): ReadonlySet<EmailId> => {
    const fitting = [...byTarget].filter(([to]) => fits(to));
    return fitting.length === byTarget.size ? all : new Set(fitting.flatMap(([, some]) => some));
  };
  const overlay = isGone ? null : account.emails.overlay(all, (email) => {
    const to = target(email.id);
    return to === null || email.mailboxIds[to] ? email : { ...email, mailboxIds: { [to]: true } };
  });
  const hiding = [...account.lists()].map((list) => list.hide(of((to) => list.losesTo(to))));
  const release = reveal(account, [...held.keys()].filter((id) => all.has(id)), target);
  const shares = new Map([...held].map(([id, now]) => [id, moveShare(now, from, target(id))]));
  const others = new Map([...byTarget.keys()].map((to) => [to, moveShare(undefined, from, to)]));
  const counts = showCounts(account, all, (id) => shares.get(id) ?? others.get(target(id)) ?? []);
  return {
    settle: (some, agreed, gone) => {
      overlay?.keep(agreed);
      overlay?.undo(some);
      for (const unhide of hiding) unhide(gone, some);
      counts.drop(some);
    },
    end: () => {
      overlay?.undo();
      for (const unhide of hiding) unhide([]);
      counts.end();
      release();
    },
  };
}

/** Those of which the rows are here; the others come when the server is asked. */
function reveal(account: AccountStore, ids: readonly EmailId[], target: (id: EmailId) => MailboxId | null): () => void {
  const revealed = (list: MessageList): readonly EmailId[] => ids.filter((id) => { const to = target(id); return to !== null && list.takesAll(to); });
  const releases = [...account.lists()].filter((list) => list.spec.filter === "all" && !list.spec.search)
    .map((list) => ({ list, release: list.reveal(revealed(list)) }));
  return () => {
    for (const { list, release } of releases) void list.refresh().then(release);
  };
}

function moveShare(now: Held | undefined, from: MailboxId | null, to: MailboxId | null): readonly Delta[] {
  const unread = now && !hasKeyword(now, "$seen") ? 1 : 0;
  const origins = now ? foldersOf(now) : from ? [from] : [];
  if (to !== null && origins.includes(to)) return [];
  return [
    ...origins.map((folder): Delta => ({ folder, total: -1, unread: -unread })),
    ...(to === null ? [] : [{ folder: to, total: 1, unread }]),
  ];
}
