import type { IdentityProof } from "./security-types";
import type { AccountId } from "./types";

/** A mailbox's archive; `is_there`: the mailbox is. */
export interface Archive {
  readonly account: AccountId;
  readonly address: string;
  readonly is_there: boolean;
  readonly is_vip?: boolean;
  /** gone: there must be one, and nobody here has deleted it. */
  readonly state: "none" | "on" | "off" | "gone";
  readonly turned_at: string | null;
  /** null: for ever. */
  readonly keep_months: number | null;
  readonly messages: number;
  readonly octets: number;
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Noted and not put in yet. */
  readonly waiting: number;
  /** Messages of before are being put in: so many are through. */
  readonly is_filling: boolean;
  readonly old_done: number;
  readonly old_total: number;
  /** Microsoft's code for what it waits for. */
  readonly problem: string | null;
  /** When the last proof of all of it was through, and how many entries it saw. */
  readonly proven_at: string | null;
  readonly proven_entries: number;
  readonly broken: readonly ArchiveFault[];
}

export interface ArchiveFault {
  readonly number: number;
  readonly why: "changed" | "missing" | "octets" | "no_octets" | "anchor" | "put_back" | "turned_off" | "key" | "gone" | "unreadable";
}

export interface ArchiveChange {
  readonly is_on?: boolean;
  readonly with_old?: boolean;
  readonly keep_months?: number | null;
  readonly confirm?: boolean;
  readonly ends_vip?: boolean;
  readonly proof?: IdentityProof;
}

type Person = readonly [name: string, email: string];

/** A message, or what happened to the archive itself (on, off, pruned). */
export interface ArchiveEntry {
  readonly number: number;
  readonly archived_at: string;
  readonly kind: "message" | "text" | "on" | "off" | "pruned";
  /** Of a text: why the message's octets could not be had. */
  readonly why: string | null;
  readonly at: string | null;
  readonly direction: "in" | "out" | null;
  readonly from: readonly Person[];
  readonly to: readonly Person[];
  readonly subject: string | null;
  readonly message_id: string | null;
  readonly sha256: string | null;
  readonly size: number | null;
  /** How many went, when their time was over. */
  readonly entries: number | null;
}

/** All conditions hold; instants in UTC. */
export interface ArchiveFilter {
  readonly q?: string;
  readonly direction?: string;
  readonly since?: string;
  readonly until?: string;
}

/** A portion of a proof; until `is_end` it goes on after `at`. */
export interface ArchivePortion {
  readonly at: number;
  readonly length: number;
  readonly seen: number;
  readonly removed: number;
  readonly is_end: boolean;
  readonly broken: readonly ArchiveFault[];
}
