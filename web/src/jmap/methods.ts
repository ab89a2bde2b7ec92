/**
 * The methods this client calls: arguments and answers, by name.
 * Source: RFC 8620 §5, RFC 8621 §2-§7.
 */
import type { Answers, Presence } from "./types";
import type {
  AccountId, BlobId, Email, EmailAddress, EmailBody, EmailId, Identity, IdentityId, Importance, Keyword, Mailbox, MailboxId, ParsedEmail, State, Submission,
  SubmissionId,
  SenderProof, SyncState, Thread, ThreadHeaders, ThreadId,
} from "./types";

/** Stands for a part of an earlier answer of the same request. Source: RFC 8620 §3.7. */
export interface ResultReference {
  readonly resultOf: string;
  readonly name: string;
  readonly path: string;
}

interface InAccount {
  readonly accountId: AccountId;
}

export interface GetArguments<I extends string> extends InAccount {
  readonly ids?: readonly I[] | null;
  readonly "#ids"?: ResultReference;
  readonly properties?: readonly string[];
}

export interface EmailGetArguments extends GetArguments<EmailId> {
  readonly fetchTextBodyValues?: boolean;
  readonly fetchHTMLBodyValues?: boolean;
  readonly maxBodyValueBytes?: number;
}

export interface GetResult<T> extends InAccount {
  readonly state: State;
  readonly list: readonly T[];
  readonly notFound: readonly string[];
}

export interface EmailParseArguments extends InAccount {
  readonly blobIds: readonly BlobId[];
  readonly properties: readonly string[];
  readonly fetchTextBodyValues?: boolean;
  readonly fetchHTMLBodyValues?: boolean;
}

export interface EmailParseResult extends InAccount {
  readonly parsed: Readonly<Record<BlobId, ParsedEmail>> | null;
  readonly notParsable: readonly BlobId[] | null;
  readonly notFound: readonly BlobId[] | null;
}

export interface ChangesArguments extends InAccount {
  readonly sinceState: State;
  readonly maxChanges?: number;
}

export interface ChangesResult<I extends string> extends InAccount {
  readonly oldState: State;
  readonly newState: State;
  readonly hasMoreChanges: boolean;
  readonly created: readonly I[];
  readonly updated: readonly I[];
  readonly destroyed: readonly I[];
}

/** Source: RFC 8621 §4.4.1; those of them that the page uses. */
export interface EmailCondition {
  readonly inMailbox?: MailboxId;
  readonly hasKeyword?: string;
  readonly notKeyword?: string;
  readonly before?: string;
  readonly after?: string;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly hasAttachment?: boolean;
  readonly text?: string;
  readonly from?: string;
  readonly to?: string;
  readonly cc?: string;
  readonly bcc?: string;
  readonly subject?: string;
  readonly body?: string;
  /** Ours: Outlook shows it under "Other", not "Focused". */
  readonly "poststelle:isOther"?: boolean;
  /** Of a VIP mailbox only what one may see outside it. */
  readonly "poststelle:isAcross"?: boolean;
  /** In whatever letters. */
  readonly "poststelle:category"?: string;
  /** A header field's name and what it says. */
  readonly header?: readonly [name: string, value: string];
}

/** Source: RFC 8621 §4.4.2; those of them that the page uses. */
export type EmailSort =
  | { readonly property: "receivedAt" | "from" | "to" | "subject" | "size"; readonly isAscending: boolean }
  | { readonly property: "hasKeyword"; readonly keyword: string; readonly isAscending: boolean };

/** Source: RFC 8620 §5.5. */
export interface FilterOperator {
  readonly operator: "AND" | "OR" | "NOT";
  readonly conditions: readonly EmailFilter[];
}

export type EmailFilter = EmailCondition | FilterOperator;

/** Where words were found: HTML with `<mark>`, or null. Source: RFC 8621 §5. */
export interface SearchSnippet {
  readonly emailId: EmailId;
  readonly subject: string | null;
  readonly preview: string | null;
}

export interface SearchSnippetArguments extends InAccount {
  readonly filter: EmailFilter;
  readonly emailIds: readonly EmailId[];
}

export interface SearchSnippetResult extends InAccount {
  readonly list: readonly SearchSnippet[];
  readonly notFound: readonly EmailId[] | null;
}

export interface EmailQueryArguments extends InAccount {
  readonly filter: EmailFilter;
  readonly sort: readonly EmailSort[];
  readonly position?: number;
  readonly anchor?: EmailId;
  readonly anchorOffset?: number;
  readonly limit: number;
  readonly calculateTotal?: boolean;
  /** Of each thread the first message alone. */
  readonly collapseThreads?: boolean;
}

export interface QueryResult<I extends string> extends InAccount {
  readonly queryState: State;
  readonly position: number;
  readonly total?: number;
  readonly ids: readonly I[];
}

/** A patch's keys are JSON pointers; null removes. Source: RFC 8620 §5.3. */
export type Patch = Readonly<Record<string, unknown>>;

/** A part of a draft: its text under `partId` in `bodyValues`, or the octets of a blob. */
export interface DraftPart {
  readonly partId?: string;
  readonly blobId?: BlobId;
  readonly type: string;
  readonly name?: string;
  readonly disposition?: "attachment" | "inline";
  readonly cid?: string;
}

/** A draft to be created. Source: RFC 8621 §4.6, docs/jmap.md. */
export interface DraftCreation {
  readonly mailboxIds: Readonly<Record<MailboxId, true>>;
  readonly keywords: Readonly<Record<string, true>>;
  readonly from: readonly EmailAddress[];
  readonly to: readonly EmailAddress[];
  readonly cc: readonly EmailAddress[];
  readonly bcc: readonly EmailAddress[];
  readonly replyTo: readonly EmailAddress[] | null;
  readonly subject: string;
  readonly messageId: readonly string[];
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly textBody?: readonly DraftPart[];
  readonly htmlBody?: readonly DraftPart[];
  readonly attachments: readonly DraftPart[];
  readonly bodyValues: Readonly<Record<string, { readonly value: string }>>;
  readonly "poststelle:importance": Importance;
  readonly "poststelle:answers": EmailId | null;
  readonly "poststelle:receipt": "asked" | null;
}

export interface EmailSetArguments extends InAccount {
  readonly create?: Readonly<Record<string, DraftCreation>>;
  readonly update?: Readonly<Record<EmailId, Patch>>;
  readonly destroy?: readonly EmailId[];
}

export interface SetErrorBody {
  readonly type: string;
  readonly description?: string | null;
  readonly properties?: readonly string[] | null;
  /** Why it is `forbidden`, where no right is missing. */
  readonly "poststelle:reason"?: string | null;
  /** The blobs that a message names and that are not there. Source: RFC 8621 §4.6 (`blobNotFound`). */
  readonly notFound?: readonly string[] | null;
}

export interface MailboxSetArguments extends InAccount {
  readonly create?: Readonly<Record<string, { readonly name: string; readonly parentId: MailboxId | null }>>;
  readonly update?: Readonly<Record<MailboxId, Patch>>;
  readonly destroy?: readonly MailboxId[];
  readonly onDestroyRemoveEmails?: boolean;
}

export interface SetResult extends InAccount {
  readonly oldState: State | null;
  readonly newState: State;
  readonly created?: Readonly<Record<string, { readonly id: string }>> | null;
  readonly notCreated?: Readonly<Record<string, SetErrorBody>> | null;
  readonly updated: Readonly<Record<string, unknown>> | null;
  readonly destroyed: readonly string[] | null;
  readonly notUpdated: Readonly<Record<string, SetErrorBody>> | null;
  readonly notDestroyed: Readonly<Record<string, SetErrorBody>> | null;
}

export interface SubmissionCreation {
  readonly identityId: IdentityId;
  readonly emailId: EmailId;
  /** Null: after the usual hold. */
  readonly sendAt: string | null;
  /** What is marked when it is sent; null: what it answers, as answered. */
  readonly "poststelle:marks": Readonly<Record<EmailId, Keyword>> | null;
}

export interface SubmissionSetArguments extends InAccount {
  readonly create?: Readonly<Record<string, SubmissionCreation>>;
  readonly update?: Readonly<Record<SubmissionId, { readonly undoStatus: "canceled" }>>;
}

export interface SubmissionSetResult extends InAccount {
  readonly created: Readonly<Record<string, Pick<Submission, "id" | "sendAt">>> | null;
  readonly notCreated: Readonly<Record<string, SetErrorBody>> | null;
  readonly updated: Readonly<Record<string, unknown>> | null;
  readonly notUpdated: Readonly<Record<string, SetErrorBody>> | null;
}

export interface SubmissionQueryArguments extends InAccount {
  readonly filter: { readonly emailIds?: readonly EmailId[]; readonly undoStatus?: Submission["undoStatus"] };
  readonly position?: number;
  readonly limit?: number;
}

/** What this client reads and answers from now on; replaces what it said before. Source: docs/jmap.md. */
export interface AnnounceArguments extends InAccount {
  readonly clientId: string;
  readonly reading?: readonly EmailId[];
  readonly answering?: readonly EmailId[];
}

export interface AnnounceResult extends InAccount {
  readonly until: string | null;
  readonly notShown: readonly EmailId[];
}

/** Ours: which new, unread mail of which accounts wakes the device. Source: docs/jmap.md. */
export type ArrivalsOf = Readonly<Record<AccountId, "inbox" | "focused">>;

/** Where the browser's push service is told of changes. Source: RFC 8620 §7.2. */
export interface PushSubscriptionCreation {
  readonly deviceClientId: string;
  readonly url: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  readonly types: readonly string[];
  readonly "poststelle:arrivals": ArrivalsOf;
}

/** Address and keys are told nobody. */
export interface PushSubscriptionRecord {
  readonly id: string;
  readonly deviceClientId: string;
  readonly verificationCode: string | null;
  readonly "poststelle:arrivals": ArrivalsOf | null;
}

export interface PushSubscriptionSetArguments {
  readonly create?: Readonly<Record<string, PushSubscriptionCreation>>;
  readonly update?: Readonly<Record<string, Patch>>;
  readonly destroy?: readonly string[];
}

export interface PushSubscriptionSetResult {
  readonly created: Readonly<Record<string, { readonly id: string }>> | null;
  readonly notCreated: Readonly<Record<string, SetErrorBody>> | null;
  readonly notUpdated: Readonly<Record<string, SetErrorBody>> | null;
}

export interface Methods {
  "Mailbox/get": { args: GetArguments<MailboxId>; result: GetResult<Mailbox> };
  "Mailbox/set": { args: MailboxSetArguments; result: SetResult };
  "Mailbox/changes": { args: ChangesArguments; result: ChangesResult<MailboxId> };
  "Email/get": { args: EmailGetArguments; result: GetResult<Email & Partial<EmailBody & ThreadHeaders & SenderProof>> };
  "Email/parse": { args: EmailParseArguments; result: EmailParseResult };
  "Email/changes": { args: ChangesArguments; result: ChangesResult<EmailId> };
  "Thread/get": { args: GetArguments<ThreadId>; result: GetResult<Thread> };
  "Thread/changes": { args: ChangesArguments; result: ChangesResult<ThreadId> };
  "Email/query": { args: EmailQueryArguments; result: QueryResult<EmailId> };
  "SearchSnippet/get": { args: SearchSnippetArguments; result: SearchSnippetResult };
  "Email/set": { args: EmailSetArguments; result: SetResult };
  "Identity/get": { args: GetArguments<IdentityId>; result: GetResult<Identity> };
  "EmailSubmission/get": { args: GetArguments<SubmissionId>; result: GetResult<Submission> };
  "EmailSubmission/query": { args: SubmissionQueryArguments; result: QueryResult<SubmissionId> };
  "EmailSubmission/set": { args: SubmissionSetArguments; result: SubmissionSetResult };
  "Presence/get": { args: GetArguments<string>; result: GetResult<Presence> };
  "Presence/announce": { args: AnnounceArguments; result: AnnounceResult };
  "Answer/get": { args: GetArguments<EmailId>; result: GetResult<Answers> };
  "PushSubscription/get": { args: { readonly ids: readonly string[] | null }; result: { readonly list: readonly PushSubscriptionRecord[] } };
  "PushSubscription/set": { args: PushSubscriptionSetArguments; result: PushSubscriptionSetResult };
  "SyncState/get": { args: GetArguments<AccountId>; result: GetResult<SyncState> };
}

export type MethodName = keyof Methods;
