/**
 * Keeps the recent mail of the mailboxes that were opened lately: the newest of the inbox, with their bodies.
 *
 *     something changed ──a while──> one tab of the browser ──> what is missing is fetched ──> written at once
 *
 * Bounded: so many mailboxes, messages and characters; a body that is too long is not kept, nor is anything remote.
 */
import { MethodFailed } from "@/jmap";
import type { AccountId, Email, EmailBody, EmailId, JmapClient, MailboxId, Session, SyncState } from "@/jmap";
import type { Favourite, Start } from "@/api/types";
import { BODY, ROW, readableBody, readableRow } from "@/store";
import type { Kept, KeptAccount } from "./kept";

/** Where it is kept. */
export type KeptShelf = Pick<Kept, "setPerson" | "accounts" | "account" | "bodyIds" | "body" | "write" | "dropAccount">;

export const MOST_MESSAGES = 200;
export const MOST_MAILBOXES = 4;
/** Of one mailbox, in characters. */
export const MOST_TEXT = 20_000_000;
const LONGEST_BODY = 400_000;
const BODIES_AT_ONCE = 20;
const ROWS_AT_ONCE = 100;
const MOST_CHANGES = 500;

export interface Opened {
  readonly id: AccountId;
  readonly client: JmapClient;
}

export interface Situation {
  readonly start: Start;
  readonly session: Session;
  readonly assigned: readonly { readonly id: string }[];
  readonly favourites: readonly Favourite[] | null;
  /** The mailboxes that are open in this tab, the latest last. */
  readonly opened: readonly Opened[];
}

/** Bring what is kept up to date. What is not assigned any more goes. Errors: as of a request, and of storage. */
export async function keepRecent(kept: KeptShelf, { start, session, assigned, favourites, opened }: Situation, now: () => Date): Promise<void> {
  await kept.setPerson({ start, session, assigned, ...(favourites ? { favourites: { favourites } } : {}) });
  const ours = new Set<string>(assigned.map(({ id }) => id));
  const before = await kept.accounts();
  const stays = before.filter(({ id }) => ours.has(id));
  const open = opened.filter(({ id }) => ours.has(id));
  const others = stays.filter(({ id }) => !open.some((each) => each.id === id)).toSorted((a, b) => b.at.localeCompare(a.at));
  const room = new Set([...open.toReversed().map(({ id }) => id), ...others.map(({ id }) => id)].slice(0, MOST_MAILBOXES));
  for (const { id } of before) if (!room.has(id)) await kept.dropAccount(id);
  for (const each of open) if (room.has(each.id)) await keepAccount(kept, each, now());
}

async function keepAccount(kept: KeptShelf, { id, client }: Opened, now: Date): Promise<void> {
  const old = await kept.account(id);
  const found = await overview(client, id, old);
  if (!found) return;
  const { ids, stale } = found;
  const known = new Set<string>(old?.ids ?? []);
  const rows = await rowsOf(client, id, ids.filter((each) => !known.has(each) || stale === null || stale.has(each)));
  const gone = [...known].filter((each) => !ids.includes(each as EmailId)) as EmailId[];
  const kepts = await kept.bodyIds(id);
  let size = gone.length > 0 || stale === null ? await sizeOf(kept, id, ids) : (old?.size ?? 0);
  const unfit = new Set((old?.unfit ?? []).filter((each) => ids.includes(each) && !stale?.has(each)));
  const account = { id, at: now.toISOString(), ...found.account, ids, unfit: [...unfit], size };
  await kept.write({ account, rows, bodies: [], gone });
  const missing = ids.filter((each) => !kepts.has(each) && !unfit.has(each));
  for (let at = 0; at < missing.length && size < MOST_TEXT; at += BODIES_AT_ONCE) {
    const wanted = missing.slice(at, at + BODIES_AT_ONCE);
    const bodies = await bodiesOf(client, id, wanted);
    for (const each of wanted) if (!bodies.some((body) => body.id === each)) unfit.add(each);
    size += bodies.reduce((sum, body) => sum + lengthOf(body), 0);
    await kept.write({ account: { ...account, unfit: [...unfit], size }, rows: [], bodies, gone: [] });
  }
}

interface Overview {
  readonly account: Pick<KeptAccount, "mailboxes" | "mailboxState" | "emailState" | "threadState" | "sync">;
  readonly ids: readonly EmailId[];
  /** Those that changed since; null: nobody can tell. */
  readonly stale: ReadonlySet<string> | null;
}

async function overview(client: JmapClient, accountId: AccountId, old: KeptAccount | undefined): Promise<Overview | null> {
  // The states come first: what changes afterwards is told once more, never missed.
  const [folders, emails, sync] = await Promise.all([
    client.call("Mailbox/get", { accountId, ids: null }).result,
    client.call("Email/get", { accountId, ids: [] }).result,
    client.call("SyncState/get", { accountId, ids: null }).result,
  ]);
  const inbox = folders.list.find(({ role }) => role === "inbox");
  if (!inbox) return null;
  const [ids, stale] = await Promise.all([newest(client, accountId, inbox.id), old ? changed(client, accountId, old) : null]);
  return {
    account: {
      mailboxes: folders.list, mailboxState: folders.state, emailState: emails.state, threadState: emails.state, sync: syncOf(sync.list, accountId),
    },
    ids, stale,
  };
}

function syncOf(list: readonly SyncState[], id: AccountId): SyncState | null {
  return list.find((each) => each.id === id) ?? null;
}

async function newest(client: JmapClient, accountId: AccountId, inMailbox: MailboxId): Promise<readonly EmailId[]> {
  const query = { accountId, filter: { inMailbox }, sort: [{ property: "receivedAt", isAscending: false }] as const, position: 0, limit: MOST_MESSAGES };
  return (await client.call("Email/query", query).result).ids;
}

async function changed(client: JmapClient, accountId: AccountId, { emailState }: KeptAccount): Promise<ReadonlySet<string> | null> {
  try {
    const told = await client.call("Email/changes", { accountId, sinceState: emailState, maxChanges: MOST_CHANGES }).result;
    return told.hasMoreChanges ? null : new Set(told.updated);
  } catch (error) {
    if (error instanceof MethodFailed && error.type === "cannotCalculateChanges") return null;
    throw error;
  }
}

async function rowsOf(client: JmapClient, accountId: AccountId, ids: readonly EmailId[]): Promise<readonly Email[]> {
  const rows: Email[] = [];
  for (let at = 0; at < ids.length; at += ROWS_AT_ONCE) {
    const { list } = await client.call("Email/get", { accountId, ids: ids.slice(at, at + ROWS_AT_ONCE), properties: ROW }).result;
    rows.push(...list.map(readableRow));
  }
  return rows;
}

/** Those whose parts are all known, and not too long. */
async function bodiesOf(client: JmapClient, accountId: AccountId, ids: readonly EmailId[]): Promise<readonly EmailBody[]> {
  const { list } = await client.call("Email/get", {
    accountId, ids, properties: BODY, fetchTextBodyValues: true, fetchHTMLBodyValues: true, maxBodyValueBytes: LONGEST_BODY,
  }).result;
  return (list as readonly EmailBody[]).filter((body) => body["poststelle:isComplete"] && !isCut(body)).map(readableBody);
}

function isCut({ bodyValues }: EmailBody): boolean {
  return Object.values(bodyValues).some(({ isTruncated }) => isTruncated);
}

function lengthOf({ bodyValues }: EmailBody): number {
  return Object.values(bodyValues).reduce((sum, { value }) => sum + value.length, 0);
}

async function sizeOf(kept: KeptShelf, account: AccountId, ids: readonly EmailId[]): Promise<number> {
  let size = 0;
  for (const id of ids) {
    const body = await kept.body(account, id);
    if (body) size += lengthOf(body);
  }
  return size;
}

