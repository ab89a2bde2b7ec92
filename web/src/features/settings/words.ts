import { plural, t } from "@lingui/core/macro";
import { type AccountRow, type AccountState, type Level, levels, type SignInRow, type SyncStatus } from "@/api/types";
import type { ApprovalState } from "@/api/setup-types";
import type { AddressProblem } from "@/lib/address";
import { accountTone, type StateTone } from "@/ui";

export function stateWords(state: AccountState): string {
  const words: Record<AccountState, () => string> = {
    waiting_for_sign_in: () => t`Waiting for sign-in`,
    connected: () => t`Connected`,
    sign_in_needed: () => t`Sign-in needed`,
  };
  return words[state]();
}

const approvalWords = ({ given_at }: ApprovalState): string => (given_at ? t`Approved, waiting for sign-in` : t`Waiting for approval`);

/** The state people see in lists: inactive covers the others, a problem shows through. */
export function rowState(row: AccountRow): { readonly tone: StateTone; readonly words: string } {
  if (!row.is_active) return { tone: "off", words: t`Inactive` };
  if (row.state === "connected" && row.sync.problem) return { tone: "attention", words: t`Connected, with a problem` };
  if (row.state === "waiting_for_sign_in" && row.approval) return { tone: accountTone[row.state], words: approvalWords(row.approval) };
  return { tone: accountTone[row.state], words: stateWords(row.state) };
}

export function levelWords(level: Level): string {
  const words: Record<Level, () => string> = {
    read: () => t`Read`,
    write: () => t`Organise`,
    send: () => t`Send`,
    manage: () => t`Manage`,
  };
  return words[level]();
}

export function levelMeaning(level: Level): string {
  const words: Record<Level, () => string> = {
    read: () => t`Read messages and attachments`,
    write: () => t`Also mark, file, delete and draft`,
    send: () => t`Also send from this mailbox`,
    manage: () => t`Also change the mailbox's own settings`,
  };
  return words[level]();
}

export function addressWords(problem: AddressProblem): string {
  const words: Record<AddressProblem, () => string> = {
    empty: () => t`Enter the complete e-mail address of the mailbox.`,
    no_at: () => t`The part after the name is missing. Enter the address in full, such as name@example.org.`,
    two_ats: () => t`There is more than one @. Enter one address only.`,
    no_name: () => t`The part before the @ is missing.`,
    no_domain: () => t`The part after the @ is missing.`,
    bad_name: () => t`The part before the @ may have letters without accents, digits, and signs such as dots, hyphens and + only.`,
    long_name: () => t`The part before the @ is too long. It may have up to 64 characters.`,
    bad_domain: () => t`The part after the @ is not a complete domain. It looks like example.org.`,
    too_long: () => t`This is too long for an address. It may have up to 254 characters.`,
    bad_character: () => t`There is a character that cannot be in an address. Enter one address only.`,
  };
  return words[problem]();
}

/** Does the synchronisation have something to say beyond "all is well"? */
export const isBusy = (sync: SyncStatus): boolean => sync.problem !== null || sync.phase === "first";

/** The synchronisation in one sentence; `count` writes numbers in the reader's way. */
export function syncWords(sync: SyncStatus, count: (value: number) => string, clock: (at: string) => string): string {
  if (sync.problem) return problemWords(sync, clock);
  const held = count(sync.held);
  if (sync.phase === "first" && sync.expected > sync.held) {
    const expected = count(sync.expected);
    return t`${held} of ${expected} messages loaded`;
  }
  if (sync.phase === "idle") return t`Not yet synchronised`;
  return t`${held}, all loaded`;
}

/** How changes made elsewhere come here; null while nothing was read yet. */
export function arrivalWords({ sync, last_synced_at }: Pick<AccountRow, "sync" | "last_synced_at">): string | null {
  if (sync.notified_until && Date.parse(sync.notified_until) > Date.parse(last_synced_at ?? "1970-01-01")) return t`told by Microsoft at once`;
  if (sync.poll_s === null) return null;
  const seconds = Math.max(1, Math.round(sync.poll_s));
  return plural(seconds, { one: "asked for every second", other: "asked for every # seconds" });
}

/** Why Microsoft does not tell of changes, and what to do about it; null where there is nothing to do. */
export function notifyProblemWords(code: string | null): string | null {
  if (code === null) return null;
  if (code === "not_offered") return t`Microsoft tells of changes in one's own mailbox only, not in shared ones.`;
  if (code === "ValidationError") {
    return t`Microsoft could not reach this server. Check that its public address answers from the internet with a valid certificate.`;
  }
  return t`Microsoft does not tell of changes at the moment; we ask again by ourselves.`;
}

function problemWords(sync: SyncStatus, clock: (at: string) => string): string {
  const time = sync.retry_at ? clock(sync.retry_at) : null;
  if (sync.problem === "throttled") {
    return time ? t`Microsoft asks us to wait; we go on at ${time}.` : t`Microsoft asks us to wait for a moment.`;
  }
  if (sync.problem === "unreachable") {
    return time ? t`Microsoft does not answer; next try at ${time}.` : t`Microsoft does not answer; we keep trying.`;
  }
  return time ? t`The last synchronisation failed; next try at ${time}.` : t`The last synchronisation failed.`;
}

/** A level as it stands in the audit trail; text we do not know is shown as it is. */
export function levelText(level: unknown): string {
  const known = levels.find((one) => one === level);
  return known ? levelWords(known) : String(level ?? "");
}

/** Whose sign-in it is; the application's has no person. */
export const signInName = (signIn: SignInRow): string =>
  signIn.kind === "application" ? t`Access by application` : signIn.username;

/** Why a line of a list is no address, by the server's own word for it. */
export function reasonWords(reason: string | null): string {
  const words: Readonly<Record<string, () => string>> = {
    missing_at: () => t`is not an address: the @ is missing`,
    domain: () => t`is not an address: the part after the @ is not complete`,
    local_part: () => t`is not an address: the part before the @ is not valid`,
  };
  return words[reason ?? ""]?.() ?? t`is not an address`;
}
