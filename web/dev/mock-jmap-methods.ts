/** The JMAP methods of the development mock. Source: RFC 8620 §5, RFC 8621. */
import type { MockAccount, MockEmail } from "./mock-jmap-world";

type Args = Record<string, unknown>;
export class MockError extends Error {}

export function answer(account: MockAccount, name: string, args: Args): Args {
  const method = METHODS[name];
  if (!method) throw new MockError("unknownMethod");
  return { accountId: account.id, ...method(account, args) };
}

/** The part of an answer that a reference names. Source: RFC 8620 §3.7. */
export function referred(answer: Args | undefined, path: string): unknown {
  let found: unknown[] = [answer];
  let isMany = false;
  for (const step of path.slice(1).split("/")) {
    if (step === "*") {
      found = found.flat();
      isMany = true;
    } else found = found.map((each) => (each as Args | undefined)?.[step]);
  }
  return isMany ? found.flat() : (found[0] ?? []);
}

const state = (account: MockAccount): string => `1.${String(account.modseq)}`;

const METHODS: Record<string, (account: MockAccount, args: Args) => Args> = {
  "Mailbox/get": (account, args) => get(account, args, (id) => {
    const folder = account.folders.get(id);
    return folder && account.viewFolder(folder);
  }, [...account.folders.keys()]),
  "Email/get": (account, args) => get(account, args, (id) => {
    const email = account.emails.get(id);
    return email && picked(account.view(email), args["properties"] as string[] | undefined);
  }, []),
  "Mailbox/changes": (account, args) => changes(account, "Mailbox", args),
  "Email/changes": (account, args) => changes(account, "Email", args),
  "Thread/get": (account, args) => get(account, args, (id) => {
    const members = account.threads.get(id);
    return members && { id, emailIds: members.toSorted((a, b) => a.receivedAt - b.receivedAt).map((email) => email.id) };
  }, []),
  "Thread/changes": (account, args) => changes(account, "Thread", args),
  "Email/query": query,
  "Email/set": set,
  "Presence/get": (account) => ({ state: state(account), list: account.presences, notFound: [] }),
  "Presence/announce": (account, args) => {
    account.announced(args);
    return { until: null, notShown: [] };
  },
  "Answer/get": (account, args) => get(account, args, (id) => account.emails.get(id) && { id, answers: account.answers.get(id) ?? [] }, []),
  "SyncState/get": (account) => ({ state: state(account), list: [account.sync], notFound: [] }),
};

/** As the session says. */
const MOST_OBJECTS = 1_000;

function get(account: MockAccount, args: Args, view: (id: string) => Args | undefined, all: string[]): Args {
  const ids = (args["ids"] as string[] | null | undefined) ?? all;
  if (ids.length > MOST_OBJECTS) throw new MockError("requestTooLarge");
  const found = ids.map((id) => [id, view(id)] as const);
  return {
    state: state(account), list: found.flatMap(([, each]) => (each ? [each] : [])),
    notFound: found.flatMap(([id, each]) => (each ? [] : [id])),
  };
}

function picked(record: Args, properties: string[] | undefined): Args {
  return properties ? Object.fromEntries(properties.map((name) => [name, record[name] ?? null])) : record;
}

function changes(account: MockAccount, kind: "Email" | "Mailbox" | "Thread", args: Args): Args {
  const since = Number(String(args["sinceState"]).split(".")[1]);
  const ops = new Map<string, string>();
  for (const entry of account.log) {
    if (entry.kind === kind && entry.modseq > since) ops.set(entry.id, ops.get(entry.id) === "created" && entry.op === "updated" ? "created" : entry.op);
  }
  const of = (op: string): string[] => [...ops].flatMap(([id, each]) => (each === op ? [id] : []));
  return {
    oldState: args["sinceState"], newState: state(account), hasMoreChanges: false,
    created: of("created"), updated: of("updated"), destroyed: of("destroyed"),
  };
}

function query(account: MockAccount, args: Args): Args {
  const conditions = conditionsOf(args["filter"] as Condition);
  const isFirst = firstOfThread(args["collapseThreads"] === true);
  const matches = (email: MockEmail): boolean => conditions.every(({ hasKeyword, notKeyword, hasAttachment, after }) =>
    (!hasKeyword || email.keywords.has(hasKeyword)) && (!notKeyword || !email.keywords.has(notKeyword))
    && (after === undefined || email.receivedAt >= Date.parse(after))
    && (hasAttachment === undefined || account.view(email)["hasAttachment"] === hasAttachment));
  const inMailbox = conditions.find((each) => each.inMailbox)?.inMailbox ?? "";
  const list = sorted(account, account.list(inMailbox), args);
  const all = list.filter(matches).filter(isFirst);
  let position = Number(args["position"] ?? 0);
  if (args["anchor"]) {
    const at = all.findIndex((email) => email.id === args["anchor"]);
    if (at < 0) throw new MockError("anchorNotFound");
    position = Math.max(0, at + Number(args["anchorOffset"] ?? 0));
  }
  const ids = all.slice(position, position + Number(args["limit"])).map((email) => email.id);
  const isCounted = args["calculateTotal"] === true;
  if (isCounted && account.refusesToCount) throw new MockError("serverFail");
  return { queryState: state(account), canCalculateChanges: true, position, ids, ...(isCounted ? { total: all.length } : {}) };
}

interface Condition {
  readonly operator?: "AND";
  readonly conditions?: readonly Condition[];
  readonly inMailbox?: string;
  readonly hasKeyword?: string;
  readonly notKeyword?: string;
  readonly hasAttachment?: boolean;
  readonly after?: string;
}

function conditionsOf(filter: Condition): readonly Condition[] {
  return filter.conditions ? filter.conditions.flatMap(conditionsOf) : [filter];
}

/** Newest first, or by size or subject as asked for. */
function sorted(account: MockAccount, list: readonly MockEmail[], args: Args): readonly MockEmail[] {
  const [first] = (args["sort"] ?? []) as { property: string; isAscending: boolean }[];
  if (first?.property !== "size" && first?.property !== "subject") return list;
  const value = (email: MockEmail): string | number => account.view(email)[first.property] as string | number;
  return list.toSorted((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (first.isAscending ? 1 : -1));
}

function firstOfThread(isCollapsed: boolean): (email: MockEmail) => boolean {
  const seen = new Set<string>();
  return ({ thread }) => {
    if (!isCollapsed) return true;
    const isFirst = !seen.has(thread);
    seen.add(thread);
    return isFirst;
  };
}

function set(account: MockAccount, args: Args): Args {
  const updated: Args = {};
  const notUpdated: Args = {};
  for (const [id, patch] of Object.entries((args["update"] ?? {}) as Record<string, Args>)) {
    const email = account.emails.get(id);
    if (!email) notUpdated[id] = { type: "notFound" };
    else if (account.refusals.has(id)) notUpdated[id] = { type: "forbidden", description: "refused for the test" };
    else { apply(account, email, patch); updated[id] = null; }
  }
  const destroyed = ((args["destroy"] ?? []) as string[]).filter((id) => {
    const email = account.emails.get(id);
    if (email) account.destroy(email);
    return email;
  });
  return { oldState: null, newState: state(account), updated, destroyed, notUpdated, notDestroyed: null };
}

function apply(account: MockAccount, email: MockEmail, patch: Args): void {
  for (const [path, value] of Object.entries(patch)) {
    if (path.startsWith("keywords/")) account.setKeyword(email, path.slice(9), value === true);
    if (path === "mailboxIds") account.move(email, Object.keys(value as object)[0] ?? email.folder);
  }
}
