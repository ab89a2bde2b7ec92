/**
 * The administration API on the wire. Instants are RFC 3339 text in UTC; ids are
 * opaque text ("u1", "a3"). Source: docs of the server's `http/admin`.
 */
import type { Language, Theme } from "@/lib/language";
import type { IdentityProof } from "./security-types";
import type { ApprovalState } from "./setup-types";
import type { AssignedTeam, AssignedUser } from "./team-types";

export type * from "./team-types";
export type * from "./writing-types";

export type UserId = string;
export type AccountId = string;

/** The person who is logged in. */
export interface Me {
  readonly id: UserId;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  /** null: follow the browser. */
  readonly language: Language | null;
  readonly theme: Theme;
  readonly may_settings: boolean;
  /** Colleagues see what this person is reading. */
  readonly shows_reading: boolean;
  /** As recipients see them; empty: by their name. */
  readonly sender_name: string;
  /** What signatures say of them. */
  readonly phone: string;
  readonly position: string;
  readonly mail_page: MailPage;
  /** They can log in by one; otherwise by single sign-on alone. */
  readonly has_password: boolean;
}

/** A folder that a person wants at hand. */
export interface Favourite {
  readonly account: AccountId;
  readonly folder: string;
}

/** How a person's mail page looks. */
export interface MailPage {
  readonly layout: "lines" | "table";
  readonly density: "comfortable" | "compact";
  readonly preview: "right" | "below" | "off";
  readonly is_threaded: boolean;
  /** Those of the table that are shown, in their order; widths in CSS pixels. */
  readonly columns: readonly MailColumn[];
  readonly sort: MailSort;
}

export interface MailColumn {
  readonly name: "flag" | "attachment" | "from" | "to" | "subject" | "categories" | "size" | "date";
  readonly width: number;
}

export interface MailSort {
  readonly by: "date" | "from" | "to" | "subject" | "size" | "flag";
  readonly is_ascending: boolean;
}

export interface DemoLogin {
  readonly login: string;
  readonly password: string;
  readonly name: string;
}

export interface Start {
  readonly setup_needed: boolean;
  /** The first administrator must know the one-time code that the server told its operator. */
  readonly setup_code_needed?: boolean;
  readonly user: Me | null;
  /** Until then this person is not notified of new mail; null or left out: they are. */
  readonly quiet_until?: string | null;
  /** What the provider of single sign-on is called; null: there is none. */
  readonly single_sign_on?: string | null;
  readonly version: string;
  readonly is_demo: boolean;
  readonly demo_logins?: readonly DemoLogin[];
}

export type * from "./quiet-types";

export type AccountType = "external" | "internal" | "all";
export type AccountState = "waiting_for_sign_in" | "connected" | "sign_in_needed";
/** Each level contains the ones before it. */
export type Level = "read" | "write" | "send" | "manage";
export const levels: readonly Level[] = ["read", "write", "send", "manage"];

/** Where the synchronisation stands; "steady" once every folder was read to its end. Both numbers count messages. */
export interface SyncStatus {
  readonly phase: "idle" | "first" | "steady";
  readonly expected: number;
  readonly held: number;
  /** Local changes that have not reached Microsoft yet. */
  readonly pending: number;
  /** "throttled", "unreachable", "failed". */
  readonly problem: string | null;
  /** Microsoft's own code for the problem. */
  readonly problem_detail: string | null;
  readonly retry_at: string | null;
  /** How long the server waits between two looks when nothing else wakes it; null before the first. */
  readonly poll_s: number | null;
  /** Until then Microsoft tells of changes by itself. */
  readonly notified_until: string | null;
  /** Microsoft's own code for why it does not. */
  readonly notify_problem: string | null;
}

/** A comparison with Microsoft message by message, under way or done. */
export interface Check {
  readonly id: string;
  /** Who wanted it: a person, the night's plan, or folder counters that differ. */
  readonly reason: "asked" | "nightly" | "counters";
  readonly state: "waiting" | "running" | "done";
  readonly asked_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  /** Messages met at Microsoft. */
  readonly compared: number;
  /** Folders not compared because they are still being read. */
  readonly folders_left: number;
  readonly missing: number;
  readonly extra: number;
  readonly misplaced: number;
  readonly flags: number;
  /** Messages that Microsoft can give nobody. */
  readonly unreadable: number;
  /** Messages that changed with every question. */
  readonly undecided: number;
  readonly repaired: number;
  /** Microsoft's own code for what it waits for. */
  readonly problem: string | null;
  /** Mail received before was not compared. */
  readonly history_from?: string | null;
}

/** How complete a mailbox is: folder counters as of the last look, and the checks. */
export interface Proof {
  readonly as_of: string | null;
  /** Mail received before counts on neither side. */
  readonly history_from?: string | null;
  readonly counters: {
    readonly expected: number;
    readonly held: number;
    readonly differences: number;
    readonly folders_left: number;
  };
  readonly under_way: Check | null;
  readonly may_check: boolean;
  /** Those that have ended, the newest first. */
  readonly checks: readonly Check[];
}

export interface Finding {
  readonly kind: "missing" | "extra" | "misplaced" | "flags" | "unreadable" | "undecided";
  /** Empty for who is not assigned to the mailbox, like the subject. */
  readonly folder: string;
  /** Empty where only the place of a message is known. */
  readonly subject: string;
  readonly number: number;
  readonly is_repaired: boolean;
  readonly message: string | null;
}

/** When the night's checks begin ("03:00", the server's clock), and how fast a check may ask. */
export interface CheckPlan {
  readonly time: string;
  readonly requests_a_minute: number;
}

export interface SignIn {
  readonly username: string;
  /** Who of us gave it. */
  readonly by: string | null;
  readonly at: string;
}

export type SignInId = string;

/** One of a mailbox's sign-ins; they stand in the order in which they are used. */
export interface SignInRow {
  readonly id: SignInId;
  /** "own": as the mailbox's own user; "delegate": as somebody who may open it; "application": nobody. */
  readonly kind: "own" | "delegate" | "application";
  readonly username: string;
  readonly by: string | null;
  readonly at: string;
  readonly refreshed_at: string;
  readonly state: "in_use" | "standing_by" | "lost";
  readonly reason: string | null;
  readonly lost_at: string | null;
  readonly may_renew: boolean;
  readonly may_change: boolean;
}

/** What a sign-in is for: to stand by, to renew this one, for a mailbox of nobody's own; else to be in use. */
export interface SignInWish {
  readonly is_reserve?: boolean;
  readonly renews?: SignInId;
  readonly is_shared?: boolean;
}

/** What stops working soon, or has stopped. */
export interface Warning {
  readonly kind:
    | "app_refused"
    | "secret_ended"
    | "secret_ends"
    | "certificate_ended"
    | "certificate_ends"
    | "sign_in_needed"
    | "sign_in_lost"
    | "sign_in_idle" | "application_too_wide" | "archive_behind" | "forwarding_refused" | "not_synchronised" | "changes_wait" | "check_overdue" | "disk_nearly_full" | "files_unreachable" | "loop_failing" | "no_worker"
    | "webhook_failing" | "webhook_given_up" | "webhook_refuses"
    | "trail_broken" | "sealing_stopped" | "sealing_began_anew" | "archive_broken" | "proof_overdue";
  readonly at: string | null;
  readonly code: string | null;
  readonly account: AccountId | null;
  readonly address: string;
  readonly username: string;
}

/** What became of one line of a list of addresses. */
export interface ImportedLine {
  readonly line: number;
  readonly text: string;
  readonly outcome: "added" | "duplicate" | "twice" | "invalid";
  readonly reason: string | null;
  readonly account: AccountId | null;
}

export interface ApplicationAccess {
  readonly tenant: string;
  readonly admin_consent_url: string;
  /** Our page that explains it. */
  readonly page_url?: string;
  readonly permissions: readonly string[];
}

/** A mailbox as the settings pages see it. */
export interface AccountRow {
  readonly approval?: ApprovalState | null;
  readonly id: AccountId;
  readonly type: "graph" | "imap" | "local";
  readonly address: string;
  /** The e-mail name; empty: the sender's own. */
  readonly name: string;
  readonly state: AccountState;
  readonly state_reason: string | null;
  readonly is_active: boolean;
  readonly last_synced_at: string | null;
  readonly sync: SyncStatus;
  readonly users: readonly AssignedUser[];
  readonly teams: readonly AssignedTeam[];
  readonly sign_in: SignIn | null;
  readonly sign_ins?: readonly SignInRow[];
  readonly is_shared?: boolean;
  /** How far back mail is fetched, as it was chosen, and since when that is; null: everything. */
  readonly history_months?: number | null;
  readonly history_from?: string | null;
  readonly is_vip?: boolean;
  readonly created_at: string;
}

/** What became of a file of messages. */
export interface ImportedFile {
  readonly messages: number;
  /** Pieces of it that are no messages. */
  readonly refused: number;
  /** Messages that were left out when the file was made. */
  readonly missing: number;
}

/** A mailbox on its way out as a file, or how that ended. */
export interface ExportRow {
  readonly id: number;
  readonly folder: string | null;
  readonly format: ExportFormat;
  readonly state: "running" | "done" | "broken_off";
  readonly done: number;
  /** About how many messages there are. */
  readonly total: number;
  /** Of those done, how many could not be read and are not in the file. */
  readonly left_out: number;
}

export type ExportFormat = "mbox" | "zip";

/** One's own exports of a mailbox, the newest first. */
export interface Exports {
  readonly exports: readonly ExportRow[];
  readonly may_begin: boolean;
}

/** What choosing so many months today would do. */
export interface HistoryDepth {
  readonly months: number | null;
  /** Mail received from then on is held. */
  readonly begins: string | null;
  /** So many local copies are older. */
  readonly removes: number;
  readonly fetches_more: boolean;
}

/** A mailbox as every assigned user sees it. */
export interface Mailbox {
  readonly id: AccountId;
  /** "local": an internal mailbox. */
  readonly type?: "graph" | "imap" | "local";
  readonly address: string;
  readonly name: string;
  readonly state: AccountState;
  readonly state_reason: string | null;
  readonly is_active: boolean;
  readonly level: Level;
  readonly may_sign_in: boolean;
  /** Names of everybody assigned. */
  readonly readers: readonly string[];
  readonly sync: SyncStatus;
  readonly last_synced_at: string | null;
  readonly is_shared?: boolean;
  /** What its messages leave behind outside it is for those who were assigned when they came. */
  readonly is_vip?: boolean;
  /** Of all of its messages, whoever was assigned when. */
  readonly sees_all?: boolean;
  readonly lost_sign_ins?: readonly SignInRow[];
  readonly approval?: ApprovalState | null;
}

export interface User {
  readonly id: UserId;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly is_active: boolean;
  readonly may_settings: boolean;
  readonly has_password: boolean;
  readonly has_second_factor: boolean;
  /** Has come by single sign-on. */
  readonly is_signed_on: boolean;
  /** Single sign-on finds them by their login, too: it looks like an address, and an administrator chose it. */
  readonly is_login_address: boolean;
  /** The end of an invitation that can be used. */
  readonly invited_until: string | null;
  readonly created_at: string;
}

export interface NewUser {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  /** Without one they are invited. */
  readonly password?: string;
  readonly may_settings: boolean;
  /** For what lets others in: a password, the right to the settings, an administrator's address. */
  readonly proof?: IdentityProof;
}

/** `addresses`: with the right to the settings, by which single sign-on may find the person. */
export type UserChange = Partial<Omit<NewUser, "login"> & { readonly is_active: boolean; readonly addresses: readonly string[]; readonly is_who_came: boolean }>;

export type TokenId = string;

/** What a program logs in with. The secret itself is told once, when it is made. */
export interface ApiToken {
  readonly id: TokenId;
  readonly name: string;
  readonly level: Level;
  /** null: every mailbox of the user, later ones too. */
  readonly mailboxes: readonly AccountId[] | null;
  readonly created_at: string;
  /** null: valid until it is revoked. */
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly administration: Administration;
}

/** What a program may in the administration API. */
export type Administration = "none" | "read" | "write";

export interface NewApiToken {
  readonly name: string;
  readonly level: Level;
  readonly mailboxes: readonly AccountId[] | null;
  readonly days: number | null;
  readonly administration: Administration;
}

export type Cloud = "global" | "us_gov" | "us_dod" | "china";

export interface MicrosoftSettings {
  readonly client_id: string;
  readonly has_secret: boolean;
  readonly has_certificate: boolean;
  readonly certificate_thumbprint: string | null;
  /** "organizations", "common", "consumers", or a tenant's GUID or domain. */
  readonly tenant: string;
  readonly cloud: Cloud;
  readonly secret_expires_at: string | null;
  readonly certificate_expires_at?: string | null;
  /** Where Poststelle may open mailboxes by itself. */
  readonly app_tenant?: string | null;
  readonly redirect_uri: string;
  /** Where Microsoft returns to after an administrator's approval. */
  readonly approved_uri?: string;
  readonly scopes: readonly string[];
}

/** `secret` and `certificate` can be written and never read. */
export interface MicrosoftChange {
  readonly client_id?: string;
  readonly tenant?: string;
  readonly cloud?: Cloud;
  readonly secret?: string;
  readonly certificate?: string;
  readonly secret_expires_at?: string | null;
  readonly app_tenant?: string | null;
}

/** What an administrator of the organisation at Microsoft needs to approve the app. */
export interface Approval {
  readonly admin_consent_url: string;
  readonly scopes: readonly string[];
  readonly client_id: string;
  readonly page_url?: string;
  readonly asked_at?: string | null;
  readonly given_at?: string | null;
}

export interface Administrator {
  readonly name: string;
  readonly email: string;
}
