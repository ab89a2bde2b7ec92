import type { AccountId, UserId } from "./types";

export interface AuditEntry {
  readonly id: string;
  readonly at: string;
  /** null: the system itself, or somebody not logged in. Name and login are those of that moment; null where they were not kept. */
  readonly user: { readonly id: UserId; readonly name: string | null; readonly login: string | null } | null;
  readonly action: string;
  readonly account: string | null;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** What it said of people was taken away since. */
  readonly is_erased: boolean;
}

/** All conditions hold; instants in UTC. */
export interface AuditFilter {
  readonly account?: AccountId;
  readonly user?: UserId;
  readonly kind?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface AuditProof {
  /** When sealing began: a trail that is older than that is not proven before it. */
  readonly since: string | null;
  readonly entries: number;
  readonly removed: number;
  readonly erased: number;
  readonly broken: readonly TrailFault[];
  /** Entries that have waited for their seal for long, since then: nothing proves them. */
  readonly unsealed: number;
  readonly unsealed_since: string | null;
}

export interface TrailFault {
  readonly account: AccountId | null;
  readonly number: number;
  readonly why: "changed" | "missing" | "erased" | "messages" | "put_back" | "anchor" | "key" | "unreadable";
}

/** What the last proof of each chain came to, and what is seen at a glance. */
export interface TrailState {
  /** null: not all of it is proven so far. */
  readonly proven_at: string | null;
  readonly entries: number;
  readonly broken: readonly TrailFault[];
  /** Why new entries are not sealed; null: they are. */
  readonly sealing: "note" | "unsealed" | null;
  readonly unsealed: number;
  readonly unsealed_since: string | null;
  readonly overdue_since: string | null;
}
