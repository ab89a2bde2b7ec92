/** What letters are made of beside their words: boilerplate, groups of recipients, senders. */
import type { AccountId } from "./types";

export type BoilerplateId = string;
export type BoilerplateKind = "signature" | "template";

/** A signature or a template: text with placeholders, kept to be put into letters. Pictures stand in it as `data:` addresses. */
export interface Boilerplate {
  readonly id: BoilerplateId;
  readonly kind: BoilerplateKind;
  /** The mailbox it belongs to; of one's own, the only one it is for. */
  readonly account: AccountId | null;
  readonly is_own: boolean;
  readonly name: string;
  /** Empty: it is plain text. */
  readonly html: string;
  readonly plain: string;
  /** A template's. */
  readonly subject: string;
  readonly is_default: boolean;
  readonly is_answer_default: boolean;
  /** Whom a template goes to, and what it attaches. */
  readonly to: readonly Person[];
  readonly cc: readonly Person[];
  readonly bcc: readonly Person[];
  readonly files: readonly KeptFile[];
}

/** Somebody to write to; the name may be empty. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** A file that a template attaches; its size in octets. */
export interface KeptFile {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

/** A template's file as something that was brought for a letter. */
export interface BroughtFile {
  readonly blob: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

export type BoilerplateFields = Pick<Boilerplate, "name" | "html" | "plain" | "subject" | "is_default" | "is_answer_default"> & Partial<Pick<Boilerplate, "to" | "cc" | "bcc">>;

export type GroupId = string;

/** Recipients that go by one name. */
export interface RecipientGroup {
  readonly id: GroupId;
  /** The mailbox it belongs to; null: one's own. */
  readonly account: AccountId | null;
  readonly is_own: boolean;
  readonly name: string;
  readonly members: readonly Person[];
}

export type GroupFields = Pick<RecipientGroup, "name" | "members">;

/** "none": no signature; null: as the defaults say. */
export type SigningChoice = BoilerplateId | "none" | null;

/** How letters from one address end. */
export interface SenderAddress {
  readonly email: string;
  /** What recipients see of the sender. */
  readonly name: string;
  readonly chosen: SigningChoice;
  readonly answer_chosen: SigningChoice;
  /** What that comes to. */
  readonly signature: BoilerplateId | null;
  readonly answer_signature: BoilerplateId | null;
}

/** What one needs to write in a mailbox. */
export interface WritingNeeds {
  readonly boilerplate: readonly Boilerplate[];
  /** What placeholders mean, but for those of the letter. */
  readonly values: Readonly<Record<string, string>>;
  readonly addresses: readonly SenderAddress[];
  readonly may_change: boolean;
  /** The mailbox's, then one's own. */
  readonly groups: readonly RecipientGroup[];
}
