/**
 * What a user does to messages: shown at once, told to the server, taken back if it refuses.
 *
 *     do ──> overlay on records, counters and lists ──> Email/set
 *               agreed:  the overlay becomes the truth; counters are the server's
 *               refused: those messages return to where they were; SetFailed says why
 *               no answer: everything returns
 *
 * Source: RFC 8621 §4.6, RFC 8620 §5.3.
 */
import { SetFailed } from "@/jmap";
import type { Email, EmailId, EmailSetArguments, Keyword, Mailbox, MailboxId, SetErrorBody } from "@/jmap";
import type { AccountStore } from "./account";
import type { Unhide } from "./list";
import type { Overlay } from "./records";

/** Something done: `done` rejects when the server refused; `reverse` puts things back as they were. */
export interface Deed {
  readonly done: Promise<void>;
  reverse(): Deed;
}

type Deltas = Map<MailboxId, { total: number; unread: number }>;

/** Set or clear one keyword on many messages; `isAutomatic` when no person pressed anything. */
export function setKeyword(
  account: AccountStore, ids: readonly EmailId[], keyword: Keyword, on: boolean, { isAutomatic = false } = {},
): Deed {
  const affected = ids.filter((id) => hasKeyword(account.emails.get(id), keyword) !== on);
  const mark = keyword === "$seen" ? (on ? "read" : "unread") : on ? "flagged" : "unflagged";
  if (keyword === "$seen" && !isAutomatic) account.readMarks.forget(ids);
  account.attempts.note(affected, { kind: "set", mark, isAutomatic });
  const overlay = account.emails.overlay(affected, (email) => withKeyword(email, keyword, on));
  const counts: Deltas = keyword === "$seen" ? seenDeltas(account, affected, on) : new Map();
  for (const list of account.lists()) list.keep(affected);
  const patch = { [`keywords/${keyword}`]: on ? true : null };
  const done = settle(account, affected, updates(affected, patch), counts, [overlay], []);
  return { done, reverse: () => after(done, () => setKeyword(account, affected, keyword, !on)) };
}

/** Move many messages into `to`, out of every folder they are in. */
export function moveEmails(account: AccountStore, ids: readonly EmailId[], to: MailboxId): Deed {
  const origins = originsOf(account, ids);
  account.attempts.note(ids, { kind: "move", to });
  const overlay = account.emails.overlay(ids, (email) => ({ ...email, mailboxIds: { [to]: true } as const }));
  const unhide = hideFromOthers(account, ids, to);
  const release = revealIn(account, ids, to);
  const done = settle(
    account, ids, updates(ids, { mailboxIds: { [to]: true } }), moveDeltas(account, origins, to), [overlay], unhide,
  ).finally(release);
  return { done, reverse: () => after(done, () => together(
    [...grouped(origins)].map(([from, some]) => moveEmails(account, some, from)),
  )) };
}

/** Remove many messages for good. This has no way back; `reverse` does nothing. */
export function destroyEmails(account: AccountStore, ids: readonly EmailId[]): Deed {
  account.attempts.note(ids, { kind: "destroy" });
  const unhide = [...account.lists()].map((list) => list.hide(ids));
  const deltas = moveDeltas(account, originsOf(account, ids), null);
  const done = settle(account, ids, [...chunks(ids, account.maxInSet)].map((part) => ({ destroy: part })), deltas, [], unhide);
  const nothing: Deed = { done, reverse: () => nothing };
  return nothing;
}

export function hasKeyword(email: Email | undefined, keyword: Keyword): boolean {
  return email?.keywords[keyword] === true;
}

/** Not sent yet: marked as such, or lying among the drafts. */
export function isDraft(account: AccountStore, email: Email | undefined): boolean {
  if (!email) return false;
  return hasKeyword(email, "$draft") || Object.keys(email.mailboxIds).some((id) => account.mailboxes.get(id)?.role === "drafts");
}

function withKeyword(email: Email, keyword: Keyword, on: boolean): Email {
  if (hasKeyword(email, keyword) === on) return email;
  const others = Object.entries(email.keywords).filter(([name]) => name !== keyword);
  return { ...email, keywords: Object.fromEntries(on ? [...others, [keyword, true]] : others) };
}

type SetPart = Omit<EmailSetArguments, "accountId">;

/** Send the change with a look at the counters behind it, then keep or undo what was shown. */
async function settle(
  account: AccountStore, ids: readonly EmailId[], parts: readonly SetPart[], deltas: Deltas,
  overlays: readonly Overlay[], unhide: readonly Unhide[],
): Promise<void> {
  if (ids.length === 0) return;
  const counts = showCounts(account, deltas);
  try {
    const refused = await send(account, parts, [...deltas.keys()]);
    for (const overlay of overlays) {
      overlay.undo(refused.keys());
      overlay.keep();
    }
    const gone = ids.filter((id) => !refused.has(id));
    for (const each of unhide) each(gone);
    if (refused.size > 0) throw new SetFailed(refused);
  } catch (error) {
    for (const overlay of overlays) overlay.undo();
    if (!(error instanceof SetFailed)) for (const each of unhide) each([]);
    throw error;
  } finally {
    counts.undo();
    for (const list of account.lists()) if (list.isWatched) void list.refresh(); else list.doubt();
  }
}

async function send(
  account: AccountStore, parts: readonly SetPart[], folders: readonly MailboxId[],
): Promise<ReadonlyMap<string, SetErrorBody>> {
  const accountId = account.id;
  const sets = parts.map((part) => account.client.call("Email/set", { accountId, ...part }).result);
  const counters = folders.length > 0
    ? account.client.call("Mailbox/get", { accountId, ids: folders }).result
    : Promise.resolve({ list: [] as readonly Mailbox[] });
  const answers = await Promise.all(sets);
  account.mailboxes.put((await counters).list);
  return new Map(answers.flatMap((answer) => [
    ...Object.entries(answer.notUpdated ?? {}), ...Object.entries(answer.notDestroyed ?? {}),
  ]).filter(([, error]) => error.type !== "notFound"));
}

function updates(ids: readonly EmailId[], patch: Record<string, unknown>): readonly SetPart[] {
  return [...chunks(ids, 250)].map((part) => ({
    update: Object.fromEntries(part.map((id) => [id, patch])) as SetPart["update"] & object,
  }));
}

function* chunks<T>(list: readonly T[], size: number): Iterable<readonly T[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}

function hideFromOthers(account: AccountStore, ids: readonly EmailId[], to: MailboxId): Unhide[] {
  return [...account.lists()].filter((list) => list.spec.mailboxId !== to).map((list) => list.hide(ids));
}

function revealIn(account: AccountStore, ids: readonly EmailId[], to: MailboxId): () => void {
  const lists = [...account.lists()].filter((list) => list.spec.mailboxId === to && list.spec.filter === "all");
  const known = ids.filter((id) => account.emails.get(id));
  const releases = lists.map((list) => ({ list, release: list.reveal(known) }));
  return () => {
    for (const { list, release } of releases) void list.refresh().then(release);
  };
}

function originsOf(account: AccountStore, ids: readonly EmailId[]): ReadonlyMap<EmailId, MailboxId | undefined> {
  return new Map(ids.map((id) => {
    const folders = Object.keys(account.emails.get(id)?.mailboxIds ?? {}) as MailboxId[];
    return [id, folders[0]];
  }));
}

function grouped(origins: ReadonlyMap<EmailId, MailboxId | undefined>): ReadonlyMap<MailboxId, EmailId[]> {
  const groups = new Map<MailboxId, EmailId[]>();
  for (const [id, from] of origins) if (from) groups.set(from, [...(groups.get(from) ?? []), id]);
  return groups;
}

function seenDeltas(account: AccountStore, ids: readonly EmailId[], on: boolean): Deltas {
  const deltas: Deltas = new Map();
  for (const id of ids) {
    for (const folder of Object.keys(account.emails.get(id)?.mailboxIds ?? {}) as MailboxId[]) {
      add(deltas, folder, 0, on ? -1 : 1);
    }
  }
  return deltas;
}

function moveDeltas(
  account: AccountStore, origins: ReadonlyMap<EmailId, MailboxId | undefined>, to: MailboxId | null,
): Deltas {
  const deltas: Deltas = new Map();
  for (const [id, from] of origins) {
    const unread = account.emails.get(id) && !hasKeyword(account.emails.get(id), "$seen") ? 1 : 0;
    if (from === to) continue;
    if (from) add(deltas, from, -1, -unread);
    if (to) add(deltas, to, 1, unread);
  }
  return deltas;
}

function add(deltas: Deltas, folder: MailboxId, total: number, unread: number): void {
  const sum = deltas.get(folder) ?? { total: 0, unread: 0 };
  deltas.set(folder, { total: sum.total + total, unread: sum.unread + unread });
}

function showCounts(account: AccountStore, deltas: Deltas): Overlay {
  return account.mailboxes.overlay([...deltas.keys()], (mailbox) => {
    const delta = deltas.get(mailbox.id) ?? { total: 0, unread: 0 };
    return {
      ...mailbox,
      totalEmails: Math.max(0, mailbox.totalEmails + delta.total),
      unreadEmails: Math.max(0, mailbox.unreadEmails + delta.unread),
    };
  });
}

/** The way back starts when the way there has ended; what was refused is back already. */
function after(first: Promise<void>, next: () => Deed): Deed {
  const deed = first.catch(() => undefined).then(next);
  return {
    done: deed.then((each) => each.done),
    reverse: () => after(deed.then((each) => each.done), () => together([])),
  };
}

function together(deeds: readonly Deed[]): Deed {
  return {
    done: Promise.all(deeds.map((deed) => deed.done)).then(() => undefined),
    reverse: () => together(deeds.map((deed) => deed.reverse())),
  };
}
