/**
 * Drafts and their sending, as the server knows them: one function for each thing asked.
 *
 * A draft is never changed: a new one takes the old one's place in the same call, so that
 * there are never two. An answer that gets lost says nothing; by the draft's Message-ID it
 * is found out what became of it. Source: RFC 8621 §4.6, §7.5, docs/jmap.md.
 */
import { MethodFailed, SetFailed } from "@/jmap";
import type {
  BodyPart, DraftCreation, Email, EmailBody, EmailId, Identity, IdentityId, Keyword, SetErrorBody, Submission, SubmissionId, ThreadHeaders,
} from "@/jmap";
import type { AccountStore } from "./account";
import { readableBody, readableRow } from "./readable";

export async function loadIdentities({ client, id }: AccountStore): Promise<readonly Identity[]> {
  return (await client.call("Identity/get", { accountId: id, ids: null }).result).list;
}

export interface Replaced {
  readonly draft: EmailId;
  /** The old one did not make place: somebody else has had it in hands, or it waits to be sent. */
  readonly isApart: boolean;
}

/**
 * Create a draft in place of `old`. That `old` was gone already, or had to stay, keeps nothing from being written.
 * Throws SetFailed when the server refuses it; `hasLostOld` tells whether the old one went all the same.
 */
export async function replaceDraft({ client, id }: AccountStore, creation: DraftCreation, old: EmailId | null): Promise<Replaced> {
  const answer = await client.call("Email/set", { accountId: id, create: { draft: creation }, ...(old ? { destroy: [old] } : {}) }).result;
  const made = answer.created?.["draft"];
  if (made) return { draft: made.id as EmailId, isApart: old !== null && !(answer.destroyed ?? []).includes(old) };
  throw new DraftRefused(answer.notCreated?.["draft"] ?? { type: "serverFail" }, old !== null && (answer.destroyed ?? []).includes(old));
}

export class DraftRefused extends SetFailed {
  /** The draft that was to be replaced is gone all the same. */
  readonly hasLostOld: boolean;

  constructor(refusal: SetErrorBody, hasLostOld: boolean) {
    super(new Map([["draft", refusal]]));
    this.hasLostOld = hasLostOld;
  }

  /** The message it answers is there no more. */
  get isAboutOriginal(): boolean {
    return this.refused.get("draft")?.properties?.includes("poststelle:answers") ?? false;
  }

  /** The blobs that are there no more. */
  get lostBlobs(): readonly string[] {
    const refusal = this.refused.get("draft");
    return refusal?.type === "blobNotFound" ? (refusal.notFound ?? []) : [];
  }
}

/** The message that carries a Message-ID, given without its brackets; null when there is none. */
export async function findByMessageId({ client, id }: AccountStore, messageId: string): Promise<EmailId | null> {
  const { ids } = await client.call("Email/query", {
    accountId: id, filter: { header: ["Message-ID", messageId] }, sort: [{ property: "receivedAt", isAscending: false }], limit: 1,
  }).result;
  return ids[0] ?? null;
}

export type StoredMessage = Email & EmailBody & ThreadHeaders;

const WHOLE = [
  "id", "blobId", "threadId", "mailboxIds", "keywords", "from", "to", "subject", "receivedAt", "preview", "size", "hasAttachment",
  "poststelle:categories", "poststelle:importance", "poststelle:dueAt", "poststelle:event", "poststelle:receipt",
  "sender", "cc", "bcc", "replyTo", "sentAt", "bodyValues", "textBody", "htmlBody", "attachments", "poststelle:isComplete",
  "messageId", "inReplyTo", "references",
] as const;

/** Everything about a draft that writing on needs. Throws MethodFailed `notFound` when it is gone. */
export async function loadDraft({ client, id }: AccountStore, draft: EmailId): Promise<StoredMessage> {
  const { list } = await client.call("Email/get", {
    accountId: id, ids: [draft], properties: WHOLE, fetchTextBodyValues: true, fetchHTMLBodyValues: true,
  }).result;
  const found = list[0];
  if (!found) throw new MethodFailed("Email/get", "notFound", "The draft is no longer there");
  return { ...found, ...readableRow(found), ...readableBody(found as StoredMessage) } as StoredMessage;
}

/** The files of a draft as they can be named in the next one. */
export async function loadParts({ client, id }: AccountStore, draft: EmailId): Promise<readonly BodyPart[]> {
  const { list } = await client.call("Email/get", { accountId: id, ids: [draft], properties: ["id", "attachments"] }).result;
  return list[0]?.attachments ?? [];
}

/** A message's own Message-ID, known at once. */
export async function loadMessageId({ client, id }: AccountStore, message: EmailId): Promise<string | null> {
  const { list } = await client.call("Email/get", { accountId: id, ids: [message], properties: ["id", "messageId"] }).result;
  return list[0]?.messageId?.[0] ?? null;
}

/** What a message continues. It stands in the message's octets, which may have to be fetched first: that takes a while, and can fail. */
export async function loadReferences({ client, id }: AccountStore, message: EmailId): Promise<readonly string[]> {
  const { list } = await client.call("Email/get", { accountId: id, ids: [message], properties: ["id", "references", "inReplyTo"] }).result;
  return list[0]?.references ?? list[0]?.inReplyTo ?? [];
}

/** What is marked when a draft is sent; null: what it answers, as answered, which the server knows by itself. */
export async function loadMarks(account: AccountStore, draft: EmailId): Promise<Sending["marks"]> {
  const { list } = await account.client.call("Email/get", { accountId: account.id, ids: [draft], properties: ["id", "references", "inReplyTo"] }).result;
  const forwarded = (list[0]?.inReplyTo ?? []).length > 0 ? null : (list[0]?.references?.at(-1) ?? null);
  const original = forwarded === null ? null : await findByMessageId(account, forwarded);
  return original && { [original]: "$forwarded" as Keyword };
}

export interface Sending {
  readonly draft: EmailId;
  readonly identity: IdentityId;
  /** Null: after the usual hold. */
  readonly at: Date | null;
  readonly marks: Readonly<Record<EmailId, Keyword>> | null;
}

/** Submit a draft. Throws SetFailed. */
export async function submitDraft({ client, id }: AccountStore, { draft, identity, at, marks }: Sending): Promise<Pick<Submission, "id" | "sendAt">> {
  const { created, notCreated } = await client.call("EmailSubmission/set", {
    accountId: id,
    create: { sending: { identityId: identity, emailId: draft, sendAt: at ? at.toISOString() : null, "poststelle:marks": marks } },
  }).result;
  const made = created?.["sending"];
  if (made) return made;
  throw new SetFailed(new Map([[draft, notCreated?.["sending"] ?? { type: "serverFail" }]]));
}

/** What became of a draft that was submitted: its latest submission that was not canceled. */
export async function findSubmission({ client, id }: AccountStore, draft: EmailId): Promise<Submission | null> {
  const query = client.call("EmailSubmission/query", { accountId: id, filter: { emailIds: [draft] } });
  const { result } = client.call("EmailSubmission/get", { accountId: id, "#ids": query.ref("/ids") });
  await query.result;
  const { list } = await result;
  return list.filter((each) => each.undoStatus !== "canceled").at(-1) ?? null;
}

/** Where a submission is; null when it is known no more. */
export async function loadSubmission({ client, id }: AccountStore, submission: SubmissionId): Promise<Submission | null> {
  return (await client.call("EmailSubmission/get", { accountId: id, ids: [submission] }).result).list[0] ?? null;
}

/** Don't send it after all. Throws SetFailed with `cannotUnsend` when it is too late. */
export async function cancelSubmission({ client, id, waiting }: AccountStore, submission: SubmissionId): Promise<void> {
  const { notUpdated } = await client.call("EmailSubmission/set", { accountId: id, update: { [submission]: { undoStatus: "canceled" } } }).result;
  const refusal = notUpdated?.[submission];
  if (refusal) throw new SetFailed(new Map([[submission, refusal]]));
  waiting.ended(submission);
}
