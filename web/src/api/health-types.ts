/** How everything is doing, and how administrators are told. Source: docs/api.md, "Health". */
import type { ArchiveFault } from "./archive-types";
import type { TrailState } from "./audit-types";
import type { AccountId, AccountState, Warning } from "./types";

export type HealthGrade = "good" | "attention" | "bad" | "off";

export interface AccountHealth {
  readonly id: AccountId;
  readonly address: string;
  readonly grade: HealthGrade;
  /** Kinds of the warnings about it. */
  readonly kinds: readonly Warning["kind"][];
  readonly state: AccountState;
  readonly state_reason: string | null;
  readonly is_active: boolean;
  readonly phase: "idle" | "first" | "steady";
  readonly held: number;
  readonly expected: number;
  readonly differences: number;
  readonly last_synced_at: string | null;
  readonly problem: "throttled" | "unreachable" | "failed" | null;
  readonly problem_detail: string | null;
  readonly retry_at: string | null;
  readonly queue: { readonly total: number; readonly since: string } | null;
  readonly last_check: { readonly ended_at: string | null; readonly differences: number; readonly repaired: number; readonly undecided: number } | null;
  readonly notified_until: string | null;
  readonly notify_problem: string | null;
  /** When the sign-in in use ends unless it is renewed, which happens by itself. */
  readonly signs_in_until: string | null;
  readonly reserves: number;
}

export interface Machine {
  readonly version: string;
  readonly began_at: string;
  readonly database: "sqlite" | "postgresql";
  /** Octets, where the data lies. */
  readonly disk_free: number;
  readonly disk_total: number;
  /** When the newest backup was whole; null: none was ever made by the command for it. */
  readonly backed_up_at: string | null;
  readonly loops: readonly { readonly name: string; readonly restarts: number; readonly failing_since: string | null }[];
  /** Requests to Microsoft of all processes, each since its start. */
  readonly requests: number;
  readonly throttled: number;
  readonly failed: number;
}

/** One of those that serve this installation; `is_asked`: it has answered this request. */
export interface Process {
  readonly role: "web" | "worker" | "all";
  readonly host: string;
  /** Where it listens on that machine: host and port. */
  readonly address: string;
  readonly version: string;
  readonly began_at: string;
  /** When it was last heard of. */
  readonly beat_at: string;
  readonly is_asked: boolean;
}

export interface Integrity {
  readonly trail: TrailState;
  readonly archives: readonly { readonly account: AccountId; readonly proven_at: string | null; readonly entries: number; readonly broken: readonly ArchiveFault[] }[];
}

export interface Health {
  readonly machine: Machine;
  readonly processes: readonly Process[];
  readonly integrity: Integrity;
  readonly accounts: readonly AccountHealth[];
  readonly warnings: readonly Warning[];
  readonly webhooks: readonly Backlog[];
}

/** What a webhook is still to be told. */
export interface Backlog {
  readonly id: string;
  readonly name: string;
  readonly waiting: number;
  /** From when on it does not get through; null: it does, or nothing waits. */
  readonly since: string | null;
  /** Events that were given up. */
  readonly refused: number;
  readonly is_paused: boolean;
  readonly is_given_up: boolean;
  /** Why the last one was not taken. */
  readonly problem: string | null;
}

export interface Alerts {
  /** From which mailbox alerts are sent; null: none are mailed. */
  readonly mailbox: AccountId | null;
  readonly mail_to: readonly string[];
  readonly language: "de" | "en";
  readonly webhook_url: string | null;
}

/** `null`: it was taken; `not_set`, or a code for why it was not. */
export interface AlertsTold {
  readonly mail: string | null;
  readonly webhook: string | null;
}
