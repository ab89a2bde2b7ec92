/**
 * JMAP answered from what is kept, as the server answered it then: reading methods of kept accounts only.
 *
 * What is not kept is told as a failure of type `offline`, which the client takes for a missing answer. Nothing has
 * changed since: `/changes` tells nothing, with the state that was asked for. Source: RFC 8620 §3.7, §5, RFC 8621 §2-§4.
 */
import type { AccountId, Email, EmailBody, EmailFilter, EmailId, EmailQueryArguments, Keyword, ResultReference } from "@/jmap";
import { compared, listSort } from "@/store/order";
import type { KeptAccount } from "./kept";

/** What is read of the kept mail. */
export interface KeptMail {
  account(id: AccountId): Promise<KeptAccount | undefined>;
  rows(id: AccountId): Promise<readonly Email[]>;
  body(account: AccountId, id: EmailId): Promise<EmailBody | undefined>;
}

export type Invocation = readonly [name: string, args: Record<string, unknown>, id: string];

export const NOT_KEPT = { type: "offline" };

/** The answers to one request's calls, in order. */
export async function answerCalls(kept: KeptMail, calls: readonly Invocation[]): Promise<readonly Invocation[]> {
  const answers: Invocation[] = [];
  for (const [name, args, id] of calls) {
    const answer = await answerCall(kept, name, resolved(args, answers));
    answers.push(answer ? [name, answer, id] : ["error", NOT_KEPT, id]);
  }
  return answers;
}

type Answer = Record<string, unknown> | null;
type Args = Record<string, unknown> | null;

async function answerCall(kept: KeptMail, name: string, args: Args): Promise<Answer> {
  const accountId = args?.["accountId"] as AccountId | undefined;
  const account = accountId ? await kept.account(accountId) : undefined;
  if (!args || !account) return null;
  switch (name) {
    case "Mailbox/get": return got(account.id, account.mailboxState, account.mailboxes, args);
    case "SyncState/get": return got(account.id, account.emailState, account.sync ? [account.sync] : [], args);
    case "Email/get": return emailGet(kept, account, args);
    case "Email/query": return emailQuery(kept, account, args as unknown as EmailQueryArguments & { collapseThreads?: boolean });
    case "Thread/get": return threadGet(kept, account, args);
    case "Mailbox/changes": case "Email/changes": case "Thread/changes": return unchanged(account.id, args);
    default: return null;
  }
}

function unchanged(accountId: AccountId, args: Record<string, unknown>): Answer {
  const state = args["sinceState"];
  return { accountId, oldState: state, newState: state, hasMoreChanges: false, created: [], updated: [], destroyed: [] };
}

function got<T extends { readonly id: string }>(accountId: AccountId, state: string, all: readonly T[], args: Record<string, unknown>): Answer {
  const ids = (args["ids"] as readonly string[] | null | undefined) ?? null;
  const byId = new Map(all.map((each) => [each.id, each]));
  const list = ids === null ? all : ids.flatMap((id) => byId.get(id) ?? []);
  return { accountId, state, list, notFound: ids?.filter((id) => !byId.has(id)) ?? [] };
}

/** A message that is not kept may well be there: then nothing can be said at all. */
async function emailGet(kept: KeptMail, account: KeptAccount, args: Record<string, unknown>): Promise<Answer> {
  const rows = new Map((await kept.rows(account.id)).map((row) => [row.id, row]));
  const ids = (args["ids"] ?? []) as readonly EmailId[];
  const wantsBody = args["fetchHTMLBodyValues"] === true || args["fetchTextBodyValues"] === true;
  const properties = args["properties"] as readonly string[] | undefined;
  const list: unknown[] = [];
  for (const id of ids) {
    const row = rows.get(id);
    const body = row && wantsBody ? await kept.body(account.id, id) : undefined;
    if (!row || (wantsBody && !body)) return null;
    const whole: Record<string, unknown> = { ...row, ...body };
    if (properties?.some((name) => !(name in whole))) return null;
    list.push(properties ? Object.fromEntries(["id", ...properties].map((name) => [name, whole[name]])) : whole);
  }
  return { accountId: account.id, state: account.emailState, list, notFound: [] };
}

/** The messages of a thread that are kept, the oldest first. */
async function threadGet(kept: KeptMail, account: KeptAccount, args: Record<string, unknown>): Promise<Answer> {
  const rows = (await kept.rows(account.id)).toSorted((a, b) => a.receivedAt.localeCompare(b.receivedAt));
  const threads = Map.groupBy(rows, ({ threadId }) => threadId);
  const list = [...threads].map(([id, members]) => ({ id, emailIds: members.map((each) => each.id) }));
  return got(account.id, account.threadState, list, { ids: args["ids"] });
}

async function emailQuery(kept: KeptMail, account: KeptAccount, args: EmailQueryArguments & { collapseThreads?: boolean }): Promise<Answer> {
  const fits = condition(args.filter, account);
  if (!fits) return null;
  const sort = listSort(args.sort);
  const ordered = (await kept.rows(account.id)).toSorted((a, b) => compared(a, b, sort) || (b.id < a.id ? -1 : 1));
  const rows = args.collapseThreads ? headsOfThreads(ordered.filter(fits)) : ordered.filter(fits);
  const ids = rows.map(({ id }) => id);
  const anchor = args.anchor === undefined ? -1 : ids.indexOf(args.anchor);
  if (args.anchor !== undefined && anchor < 0) return null;
  const position = args.anchor === undefined ? (args.position ?? 0) : Math.max(0, anchor + (args.anchorOffset ?? 0));
  if (position > 0 && position >= ids.length) return null; // a longer list than is kept is on screen: it stays
  return {
    accountId: account.id, queryState: account.emailState, canCalculateChanges: false, position, total: ids.length,
    ids: ids.slice(position, position + args.limit),
  };
}

function headsOfThreads(rows: readonly Email[]): readonly Email[] {
  const seen = new Set<string>();
  return rows.filter(({ threadId }) => !seen.has(threadId) && seen.add(threadId));
}

/** Whether a message fits; null for a folder that is not kept, and for words, which only the server can look for. */
function condition(filter: EmailFilter, account: KeptAccount): ((email: Email) => boolean) | null {
  if ("operator" in filter) {
    const all = filter.conditions.map((each) => condition(each, account));
    if (filter.operator !== "AND" || all.includes(null)) return null;
    return (email) => all.every((fits) => fits?.(email));
  }
  const { inMailbox, hasKeyword, notKeyword, ...others } = filter;
  const inbox = account.mailboxes.find(({ role }) => role === "inbox");
  if (inMailbox === undefined || inMailbox !== inbox?.id || Object.keys(others).length > 0) return null;
  const has = (email: Email, keyword: Keyword): boolean => email.keywords[keyword] === true;
  return (email) => email.mailboxIds[inMailbox] === true
    && (hasKeyword === undefined || has(email, hasKeyword)) && (notKeyword === undefined || !has(email, notKeyword));
}

/** With the references to earlier answers replaced by what they mean; null where one means nothing. Source: RFC 8620 §3.7. */
function resolved(args: Record<string, unknown>, answers: readonly Invocation[]): Args {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(args)) {
    if (!name.startsWith("#")) { found[name] = value; continue; }
    const { resultOf, path } = value as ResultReference;
    const answer = answers.find((each) => each[2] === resultOf);
    if (!answer || answer[0] === "error") return null;
    found[name.slice(1)] = pointed(answer[1], path.split("/").slice(1));
  }
  return found;
}

/** A JSON pointer, in which `*` maps over a list and flattens it by one. */
function pointed(value: unknown, path: readonly string[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (step === "*") return [...new Set((value as readonly unknown[]).flatMap((each) => pointed(each, rest)))];
  return pointed((value as Record<string, unknown>)[step], rest);
}
