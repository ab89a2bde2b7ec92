/** The mailboxes assigned to us, signed in or not, and the notices of changes taken back. */
import type { Mailbox as AssignedMailbox } from "@/api/types";
import type { AccountId, EmailId, MailboxId, SubmissionId, Transport } from "@/jmap";
import { withoutTurning } from "@/lib/turning";

export type { AssignedMailbox };

/** A change that Microsoft refused and that was taken back. `user` is whose it was. */
export interface Notice {
  readonly id: number;
  readonly at: string;
  readonly kind: ChangeKind | FiledAs | MarkedAs;
  /** Of no message when `folder` names a folder. */
  readonly message: EmailId;
  /**
   * `unknown`: nobody can tell whether it was sent; `not_allowed`: who wrote it may no longer send;
   * `sent_elsewhere`: it is sent, by another program, and when is told beside.
   */
  readonly code: "refused" | "gone" | "failed" | "overtaken" | "unknown" | "not_allowed" | "sent_elsewhere" | "restored";
  readonly detail: string;
  readonly user: string | null;
  /** The name of the folder that the change was one of. */
  readonly folder: string | null;
}

/** What a move into a folder with a role was to the person. */
export type FiledAs = "delete" | "archive" | "junk";
/** What setting one mark was to the person. */
export type MarkedAs = "read" | "unread" | "flag" | "unflag" | "categorise";
export type ChangeKind = "set" | "move" | "copy" | "destroy" | "create" | "send" | FolderChangeKind;
export type FolderChangeKind = "create_folder" | "rename_folder" | "move_folder" | "destroy_folder";

/** A change that has not reached Microsoft yet; `problem` is Microsoft's code for the last attempt. Of a letter, the submission that is canceled. */
export interface Waiting {
  readonly id: number;
  readonly kind: ChangeKind;
  readonly message: EmailId | null;
  /** The message's subject, or the folder's name. */
  readonly subject: string;
  /** Where a message is to move to. */
  readonly target: string | null;
  readonly at: string;
  readonly attempts: number;
  readonly problem: string | null;
  readonly due_at: string;
  readonly is_in_flight: boolean;
  readonly submission: SubmissionId | null;
  readonly waits_for: "service" | "sign_in" | "answer" | null;
}

export async function loadQueue(transport: Transport, account: AccountId): Promise<readonly Waiting[]> {
  const waiting = listOf<Waiting>(await transport(`/api/mailboxes/${account}/queue`), "waiting");
  return waiting.map((change) => ({ ...change, subject: withoutTurning(change.subject) }));
}

/** Try a waiting change now. */
export async function sendWaiting(transport: Transport, account: AccountId, id: Waiting["id"]): Promise<void> {
  await transport(`/api/mailboxes/${account}/queue/${String(id)}/send`, {}, "POST");
}

/** Take a waiting change back instead of sending it. */
export async function giveUpWaiting(transport: Transport, account: AccountId, id: Waiting["id"]): Promise<void> {
  await transport(`/api/mailboxes/${account}/queue/${String(id)}`, undefined, "DELETE");
}

export async function loadAssigned(transport: Transport): Promise<readonly AssignedMailbox[]> {
  const answer = await transport("/api/mailboxes");
  return listOf<AssignedMailbox>(answer, "mailboxes");
}

export async function loadNotices(transport: Transport, account: AccountId): Promise<readonly Notice[]> {
  return listOf<Notice>(await transport(`/api/mailboxes/${account}/notices`), "notices");
}

/** The names of the categories that a mailbox's mail has, the most used first. */
export async function loadCategories(transport: Transport, account: AccountId): Promise<readonly string[]> {
  return listOf<string>(await transport(`/api/mailboxes/${account}/categories`), "categories").map(withoutTurning);
}

export async function dismissNotice(transport: Transport, account: AccountId, id: Notice["id"]): Promise<void> {
  await transport(`/api/mailboxes/${account}/notices/${String(id)}`, undefined, "DELETE");
}

/** Ask the server to look at Microsoft now. */
export async function wakeSync(transport: Transport, account: AccountId): Promise<void> {
  await transport(`/api/mailboxes/${account}/refresh`, {}, "POST");
}

/** Tell the server which folder is on screen, so that it looks there more often. A hint: failing is no harm. */
export async function lookAt(transport: Transport, account: AccountId, folder: MailboxId): Promise<void> {
  await transport(`/api/mailboxes/${account}/look`, { folder }, "POST");
}

/** The list itself, or the list under its name. */
function listOf<T>(answer: unknown, name: string): readonly T[] {
  if (Array.isArray(answer)) return answer as T[];
  const named = (answer as Record<string, unknown> | undefined)?.[name];
  return Array.isArray(named) ? (named as T[]) : [];
}
