/**
 * What has become of a letter's draft, whoever had it in hands: the draft itself, and every message
 * whose Message-ID begins as that of the letter's drafts. Outlook leaves a draft its Message-ID when
 * it changes or sends it, and gives it to copies of it, which may go to others. Source: RFC 8621 §4.4.1 (`header`), §7.3.
 */
import type { Email, EmailBody, EmailFilter, EmailId, MailboxId, Submission, ThreadHeaders } from "@/jmap";
import type { AccountStore } from "./account";

export interface Trace
  extends Pick<Email, "id" | "mailboxIds" | "keywords" | "receivedAt" | "subject" | "to">, Pick<EmailBody, "sender" | "sentAt" | "cc">, Pick<ThreadHeaders, "messageId"> {
  /** Its latest submission that was not canceled and has not failed; null: none is known. */
  readonly submission: Submission | null;
}

export interface Traces {
  /** Null: the draft is gone, or there never was one. */
  readonly draft: Trace | null;
  /** The others of the same letter, the latest first. */
  readonly others: readonly Trace[];
}

const TOLD = ["id", "mailboxIds", "keywords", "receivedAt", "subject", "to", "cc", "sender", "sentAt", "messageId"] as const;
/** Of one letter there are hardly more than two. */
const MOST = 20;

/** How the Message-IDs of a letter begin, up to a dot, or are; the oldest of its messages came after `since`. */
export interface Lineage {
  readonly names: readonly string[];
  readonly since: Date;
}

/** Look for the draft and, where `lineage` is given, for what else is of its letter. */
export async function loadTraces(account: AccountStore, draft: EmailId | null, lineage: Lineage | null): Promise<Traces> {
  const { client, id: accountId } = account;
  const query = lineage && client.call("Email/query", {
    accountId, filter: { operator: "AND", conditions: [namedSo(lineage), { after: lineage.since.toISOString() }] },
    sort: [{ property: "receivedAt", isAscending: false }], limit: MOST,
  });
  const kin = query && client.call("Email/get", { accountId, "#ids": query.ref("/ids"), properties: TOLD });
  const own = draft && client.call("Email/get", { accountId, ids: [draft], properties: TOLD });
  const [found, drafts] = await Promise.all([kin?.result, own?.result, query?.result]);
  const others = (found?.list ?? []).filter(({ id, messageId }) => id !== draft && lineage?.names.some((name) => isOfLineage(messageId?.[0] ?? "", name)));
  const all = [...(drafts?.list ?? []), ...others] as readonly Omit<Trace, "submission">[];
  const submissions = all.length > 0 ? await standing(account, all.map(({ id }) => id)) : [];
  const traces = all.map((each) => ({ ...each, submission: submissions.findLast(({ emailId }) => emailId === each.id) ?? null }));
  return { draft: traces.find(({ id }) => id === draft) ?? null, others: traces.filter(({ id }) => id !== draft) };
}

function namedSo({ names }: Lineage): EmailFilter {
  return { operator: "OR", conditions: names.map((name) => ({ header: ["Message-ID", name] as const })) };
}

function isOfLineage(messageId: string, name: string): boolean {
  return messageId === name || messageId.startsWith(`${name}.`);
}

async function standing({ client, id }: AccountStore, emails: readonly EmailId[]): Promise<readonly Submission[]> {
  const query = client.call("EmailSubmission/query", { accountId: id, filter: { emailIds: emails } });
  const { result } = client.call("EmailSubmission/get", { accountId: id, "#ids": query.ref("/ids") });
  await query.result;
  return (await result).list.filter((each) => each.undoStatus !== "canceled");
}

export function liesIn({ mailboxIds }: Pick<Trace, "mailboxIds">, folder: MailboxId | undefined): boolean {
  return folder !== undefined && mailboxIds[folder] === true;
}
