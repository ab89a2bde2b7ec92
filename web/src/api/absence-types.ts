/** Options of a mailbox that Microsoft keeps. Source: docs/api.md, "Out-of-office note and forwarding". */

export type ReplyAudience = "none" | "contacts" | "all";

/** Instants; null: whenever it is on. The texts are HTML, for people inside and outside the organisation. */
export interface AutomaticReply {
  readonly is_enabled: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly internal: string;
  readonly external: string;
  readonly audience: ReplyAudience;
}

export interface ForwardingWish {
  readonly is_enabled: boolean;
  readonly to: readonly string[];
  /** Else it is deleted here, and lies in the deleted items. */
  readonly keeps_copy: boolean;
  /** As its author sent it, or as a message of the mailbox that encloses it. */
  readonly manner: "unchanged" | "forwarded";
}

export interface Forwarding extends ForwardingWish {
  /** Somebody has given it conditions in Outlook. */
  readonly is_partial: boolean;
  /** Microsoft says that it cannot carry it out. */
  readonly is_broken: boolean;
  /** Those of `to` outside the mailbox's domain. */
  readonly outside: readonly string[];
  /** When mail last came back because the organisation lets none be forwarded outside. */
  readonly refused_at: string | null;
  /** Rules made elsewhere that send mail on. */
  readonly others: readonly { readonly name: string; readonly to: readonly string[]; readonly is_partial: boolean }[];
  readonly may_change: boolean;
}
