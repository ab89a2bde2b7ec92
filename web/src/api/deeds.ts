import { request } from "./request";
import type { AccountId } from "./types";

/** Something that was done with a message; `name` null: nobody of us did it, or who it was has been erased. */
export interface Deed {
  readonly at: string;
  readonly action: string;
  readonly name: string | null;
  readonly is_mine: boolean;
  /** Where it was moved or copied to. */
  readonly folder: string | null;
  /** Categories that it was given, and lost. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface DeedPage {
  /** The newest first. */
  readonly deeds: readonly Deed[];
  /** What the next page begins below; null: this was the last one. */
  readonly next: number | null;
}

export const historyOf = (account: AccountId, message: string, before: number | null): Promise<DeedPage> =>
  request("GET", `/api/mailboxes/${account}/messages/${message}/history${before === null ? "" : `?before=${String(before)}`}`);
