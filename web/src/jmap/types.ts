/**
 * The wire's shapes, as far as this client reads or writes them.
 *
 * Everything is read-only: a record is replaced, never changed in place.
 * Source: RFC 8620 §1-§5, RFC 8621 §2-§4; names with "poststelle:" are our vendor properties.
 */

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type AccountId = Id<"Account">;
export type MailboxId = Id<"Mailbox">;
export type EmailId = Id<"Email">;
export type ThreadId = Id<"Thread">;
export type BlobId = Id<"Blob">;
export type IdentityId = Id<"Identity">;
export type SubmissionId = Id<"EmailSubmission">;
/** An opaque state of a type or query: only compared, never parsed. */
export type State = string;

export const CORE = "urn:ietf:params:jmap:core";
export const MAIL = "urn:ietf:params:jmap:mail";
export const SUBMISSION = "urn:ietf:params:jmap:submission";
export const POSTSTELLE = "https://poststelle.example/jmap/mail";

export type Keyword = "$seen" | "$flagged" | "$draft" | "$answered" | "$forwarded" | (string & {});

export const VAPID = "urn:ietf:params:jmap:webpush-vapid";

export interface Session {
  readonly state: State;
  readonly username: string;
  readonly apiUrl: string;
  readonly downloadUrl: string;
  readonly uploadUrl: string;
  readonly eventSourceUrl: string;
  readonly capabilities: Readonly<Record<string, CoreCapability | Record<string, unknown>>>;
  readonly accounts: Readonly<Record<AccountId, SessionAccount>>;
  readonly primaryAccounts: Readonly<Record<string, AccountId>>;
}

/** Limits in octets and counts. Source: RFC 8620 §2. */
export interface CoreCapability {
  readonly maxCallsInRequest: number;
  readonly maxObjectsInGet: number;
  readonly maxObjectsInSet: number;
}

export interface SessionAccount {
  readonly name: string;
  readonly isPersonal: boolean;
  readonly isReadOnly: boolean;
  readonly accountCapabilities: Readonly<Record<string, Record<string, unknown>>>;
}

export type Role = "inbox" | "drafts" | "sent" | "archive" | "junk" | "trash";

export interface MailboxRights {
  readonly mayReadItems: boolean;
  readonly mayAddItems: boolean;
  readonly mayRemoveItems: boolean;
  readonly maySetSeen: boolean;
  readonly maySetKeywords: boolean;
  readonly maySubmit: boolean;
}

/** A folder of an account. Source: RFC 8621 §2. */
export interface Mailbox {
  readonly id: MailboxId;
  readonly name: string;
  readonly parentId: MailboxId | null;
  readonly role: Role | null;
  readonly sortOrder: number;
  readonly totalEmails: number;
  readonly unreadEmails: number;
  readonly totalThreads: number;
  readonly unreadThreads: number;
  readonly myRights: MailboxRights;
  readonly isSubscribed: boolean;
}

/** A folder without what is counted in it: most of the page need not be drawn anew for each message that comes or goes. */
export type Folder = Omit<Mailbox, "totalEmails" | "unreadEmails" | "totalThreads" | "unreadThreads">;

/** Name may be null or empty, and so may the address: real mail has both. */
export interface EmailAddress {
  readonly name: string | null;
  readonly email: string;
}

export type Importance = "low" | "normal" | "high";

/** What a list row needs; instants are RFC 3339 UTC text, sizes octets. */
export interface Email {
  readonly id: EmailId;
  readonly blobId: BlobId;
  readonly threadId: ThreadId;
  readonly mailboxIds: Readonly<Record<MailboxId, true>>;
  readonly keywords: Readonly<Record<string, true>>;
  readonly from: readonly EmailAddress[] | null;
  readonly to: readonly EmailAddress[] | null;
  readonly subject: string | null;
  readonly receivedAt: string;
  readonly preview: string;
  readonly size: number;
  readonly hasAttachment: boolean;
  readonly "poststelle:categories": readonly string[];
  readonly "poststelle:importance": Importance;
  readonly "poststelle:dueAt": string | null;
  readonly "poststelle:event": "request" | "response" | "news" | null;
  /** It asks for a read receipt, and what became of that. */
  readonly "poststelle:receipt": "asked" | "sent" | "declined" | null;
}

/** Messages that belong together, oldest first. Source: RFC 8621 §3. */
export interface Thread {
  readonly id: ThreadId;
  readonly emailIds: readonly EmailId[];
}

export interface BodyPart {
  readonly partId: string | null;
  readonly blobId: BlobId | null;
  readonly size: number;
  readonly name: string | null;
  readonly type: string;
  readonly disposition: string | null;
  readonly cid: string | null;
}

export interface BodyValue {
  readonly value: string;
  readonly isEncodingProblem: boolean;
  readonly isTruncated: boolean;
}

/** What reading one message needs beyond its row. It never changes once told. */
export interface EmailBody {
  readonly id: EmailId;
  readonly sender: readonly EmailAddress[] | null;
  readonly cc: readonly EmailAddress[] | null;
  readonly bcc: readonly EmailAddress[] | null;
  readonly replyTo: readonly EmailAddress[] | null;
  readonly sentAt: string | null;
  readonly bodyValues: Readonly<Record<string, BodyValue>>;
  readonly textBody: readonly BodyPart[];
  readonly htmlBody: readonly BodyPart[];
  readonly attachments: readonly BodyPart[];
  /** False while the list of attachments could not be fetched from Microsoft yet. */
  readonly "poststelle:isComplete": boolean;
}

/** A message that was read from a blob. What only a stored one has is not in it. Source: RFC 8621 §4.9. */
export type ParsedEmail = Omit<EmailBody, "id" | "poststelle:isComplete"> & Pick<Email, "subject" | "from" | "to" | "hasAttachment">;

/** What only writing needs: the headers that hold a thread together. Fetched from Microsoft when first asked for. */
export interface ThreadHeaders {
  readonly messageId: readonly string[] | null;
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
}

/** What the servers that a message came through found of its sender, the last one first. Source: RFC 8601 §2.2. */
export interface SenderProof {
  readonly "header:Authentication-Results:asText:all": readonly string[];
}

/** A sender address that a user may choose. Source: RFC 8621 §6. */
export interface Identity {
  readonly id: IdentityId;
  readonly name: string;
  readonly email: string;
  readonly replyTo: readonly EmailAddress[] | null;
  readonly bcc: readonly EmailAddress[] | null;
  readonly textSignature: string;
  readonly htmlSignature: string;
}

/** One attempt to send one message. Source: RFC 8621 §7, docs/jmap.md. */
export interface Submission {
  readonly id: SubmissionId;
  readonly identityId: IdentityId;
  readonly emailId: EmailId;
  readonly sendAt: string;
  readonly undoStatus: "pending" | "final" | "canceled";
  readonly "poststelle:state": "pending" | "sending" | "final" | "canceled" | "failed";
  /** Why it is held beyond its time: Exchange takes no more just now, is away, needs a sign-in, or does not tell what became of it. */
  readonly "poststelle:waitsFor": "minute" | "day" | "service" | "sign_in" | "answer" | null;
  /** When it is tried again by itself. */
  readonly "poststelle:retryAt": string | null;
  readonly "poststelle:problem": "refused" | "gone" | "not_allowed" | "failed" | "unknown" | "restored" | null;
  readonly "poststelle:problemDetail": string | null;
}

export type AccountState = "waiting_for_sign_in" | "connected" | "sign_in_needed";

/** A check as told with the synchronisation; its findings are under `/api`. */
export interface CheckState {
  readonly reason: "asked" | "nightly" | "counters";
  readonly state: "waiting" | "running" | "done";
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly compared: number;
  readonly foldersLeft: number;
  readonly differences: number;
  readonly repaired: number;
  readonly unreadable: number;
  readonly undecided: number;
  readonly problem: string | null;
}

/** Folder counters on both sides, and the checks. Source: docs/jmap.md. */
export interface Completeness {
  readonly asOf: string | null;
  readonly expected: number;
  readonly held: number;
  readonly differences: number;
  readonly foldersLeft: number;
  readonly mayCheck: boolean;
  readonly checkUnderWay: CheckState | null;
  readonly lastCheck: CheckState | null;
}

/** How far one account's synchronisation is; the vendor type SyncState, id = account. */
export interface SyncState {
  readonly id: AccountId;
  readonly phase: "idle" | "first" | "steady";
  /** About how many messages a search can't find yet. */
  readonly toIndex: number;
  readonly expected: number;
  readonly held: number;
  readonly pending: number;
  readonly lastSyncedAt: string | null;
  readonly problem: "throttled" | "unreachable" | "failed" | null;
  readonly problemDetail: string | null;
  readonly retryAt: string | null;
  /** How long the server waits between two looks when nothing else wakes it; null before the first. */
  readonly pollSeconds: number | null;
  /** Until then Microsoft tells of changes by itself. */
  readonly notifiedUntil: string | null;
  /** Microsoft's own code for why it does not. */
  readonly notifyProblem: string | null;
  /** Mail received before is not held here; null: everything is. */
  readonly historyFrom?: string | null;
  readonly state: AccountState;
  readonly stateReason: string | null;
  readonly isActive: boolean;
  readonly completeness?: Completeness;
}

export type Activity = "reading" | "answering";

/** Somebody else reads or answers a message at this moment; the vendor type Presence. Source: docs/jmap.md. */
export interface Presence {
  readonly id: string;
  readonly emailId: EmailId;
  readonly name: string;
  readonly activity: Activity;
  readonly since: string;
  readonly until: string;
}

/** One answer to a message. Source: docs/jmap.md. */
export interface Answer {
  /** Null: only the mark `$answered` tells of it. */
  readonly emailId: EmailId | null;
  /** Null: not sent from here, or nobody knows any more by whom. */
  readonly name: string | null;
  /** When it was sent or, unless `isSent`, is to be. */
  readonly at: string | null;
  /** Null: unknown. */
  readonly origin: "here" | "elsewhere" | null;
  readonly isMine: boolean;
  readonly isSent: boolean;
}

/** Who has answered a message, the latest first; the vendor type Answer, id = the message. */
export interface Answers {
  readonly id: EmailId;
  readonly answers: readonly Answer[];
}

/** Source: RFC 8620 §7.1. */
export interface StateChange {
  readonly changed: Readonly<Record<AccountId, Readonly<Record<string, State>>>>;
}
