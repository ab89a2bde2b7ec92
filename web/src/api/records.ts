import { request } from "./request";
import type { AccountId } from "./types";

/** Whether a mailbox's messages become activity records; `turned_at` null: that was never said. */
export interface Recording {
  readonly is_on: boolean;
  readonly turned_at: string | null;
  /** null: for ever. */
  readonly keep_months: number | null;
  /** The names of the webhooks that the records are passed on to. */
  readonly webhooks: readonly string[];
}

/** How many records went, and how many stay for their other contacts. */
export interface ErasedRecords {
  readonly erased: number;
  readonly changed: number;
}

/** One message that came or went; `folder` is where it still is, null when it has gone. */
export interface ActivityRecord {
  readonly account: AccountId;
  readonly message: string;
  readonly direction: "in" | "out";
  readonly at: string;
  readonly subject: string;
  readonly preview: string;
  readonly contacts: readonly (readonly [name: string, address: string])[];
  readonly folder: string | null;
}

/** All conditions hold; instants in UTC. `email`: a contact's whole address. */
export interface RecordFilter {
  readonly account?: string;
  readonly q?: string;
  readonly email?: string;
  readonly direction?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface RecordPage {
  readonly records: readonly ActivityRecord[];
  /** What the next page begins below; null: this was the last one. */
  readonly next: string | null;
}

const path = (id: AccountId): string => `/api/mailboxes/${id}/recording`;

export const records = {
  recording: (id: AccountId) => request<Recording>("GET", path(id)),
  turn: (id: AccountId, is_on: boolean) => request<Recording>("PUT", path(id), { is_on }),
  keep: (id: AccountId, keep_months: number | null, confirm: boolean) => request<Recording>("PUT", path(id), { keep_months, confirm }),
  erase: (email: string) => request<ErasedRecords>("POST", "/api/records/erasures", { email }),
  /** Where the records that fit are as a file. */
  file: (filter: RecordFilter, format: "csv" | "jsonl") => `/api/records/export?${new URLSearchParams({ ...filter, format }).toString()}`,
  find: (filter: RecordFilter, before: string | null) =>
    request<RecordPage>("GET", `/api/records?${new URLSearchParams({ ...filter, ...(before === null ? {} : { before }) }).toString()}`),
};
