/** A deed that failed, and how it is told: what did not happen, to which messages, and why. */
import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { MethodFailed, Offline, SetFailed } from "@/jmap";
import type { EmailId } from "@/jmap";
import type { Attempt, ChangeKind, FiledAs, FolderChangeKind, MarkedAs, Notice, Outcome } from "@/store";
import { useDates } from "@/i18n/useDates";
import { useMail } from "./mail";
import { useNameOf } from "./useNameOf";
import { noticeReason } from "./noticeWords";

/** A deed on messages, or having them sent at their time again when their deletion is taken back. */
export type Failed = Attempt | { readonly kind: "schedule" };

/** What a person asked for, what became of it, and the error that ended it; without one it was stopped unanswered. */
export class DeedFailed extends Error {
  override readonly name = "DeedFailed";
  readonly attempt: Failed;
  /** The messages it was not done to, or of which nobody knows. */
  readonly ids: readonly EmailId[];
  readonly isUnsure: boolean;
  readonly outcome: Outcome;

  constructor(attempt: Failed, outcome: Outcome, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.attempt = attempt;
    this.outcome = outcome;
    this.isUnsure = outcome.unsure.length > 0;
    this.ids = this.isUnsure ? outcome.unsure : [...(outcome.refused.keys() as Iterable<EmailId>), ...(cause instanceof SetFailed ? [] : outcome.left)];
  }
}

/** What can be done to a message; folders have words of their own. */
type MessageKind = Exclude<ChangeKind, FolderChangeKind> | FiledAs | MarkedAs;

/** Kinds that say too little: this window may know more of what it asked for. */
function isVague(kind: Notice["kind"]): kind is "set" | "move" {
  return kind === "set" || kind === "move";
}

const LONGEST_SUBJECT = 80;

export interface RefusalWords {
  /** "Not marked as read: “Angebot”", or that nobody knows. */
  title(failure: DeedFailed): string;
  /** How things stand now. */
  state(failure: DeedFailed): string;
  /** What was not done, without to what messages: "Not archived". */
  noticeDeed(notice: Notice): string;
  /** With them: "Not archived: “Angebot”"; `others` are of the same deed. */
  noticeTitle(notice: Notice, others?: readonly Notice[]): string;
  /** Why this deed failed; null when only the technical text knows. */
  reason(cause: unknown): string | null;
  /** Why a change was taken back. */
  noticeReason(notice: Pick<Notice, "kind" | "code" | "detail" | "folder">): string;
}

export function useRefusalWords(): RefusalWords {
  const { t, i18n } = useLingui();
  const { full } = useDates();
  const { account } = useMail();
  const nameOf = useNameOf();
  /** Whoever moves a message to the deleted ones has deleted it, in this window or in another. */
  const isDeletion = (attempt: Failed): boolean =>
    attempt.kind === "destroy" || (attempt.kind === "move" && account.mailboxes.get(attempt.to)?.role === "trash");
  const what = (attempt: Failed | undefined, kind: MessageKind): string => {
    const marks = { read: t`Not marked as read`, unread: t`Not marked as unread`, flagged: t`Not flagged`, unflagged: t`Flag not removed`, categorised: t`Category not set`, uncategorised: t`Category not removed` };
    if (attempt?.kind === "set") return marks[attempt.mark];
    if (attempt?.kind === "move" && !isDeletion(attempt)) {
      const folder = nameOf(account.mailboxes.get(attempt.to));
      return t`Not moved to “${folder}”`;
    }
    if (attempt?.kind === "move") return t`Not deleted`;
    if (attempt?.kind === "schedule") return t`Not scheduled again`;
    const words: Readonly<Record<MessageKind, string>> = {
      read: marks.read, unread: marks.unread, flag: marks.flagged, unflag: marks.unflagged, categorise: t`Categories not changed`, set: t`Not marked`, move: t`Not moved`, delete: t`Not deleted`, archive: t`Not archived`, junk: t`Not moved to junk`, copy: t`Not copied`,
      destroy: t`Not deleted`, create: t`Draft not stored at Microsoft`, send: t`Not sent`,
    };
    return (words as Partial<typeof words>)[kind] ?? words.move; // a newer server may know more of them
  };
  const unknown = (attempt: Failed): string => {
    if (isDeletion(attempt)) return t`Not known yet whether deleted`;
    if (attempt.kind !== "move") return t`Not known yet whether marked`;
    const folder = nameOf(account.mailboxes.get(attempt.to));
    return t`Not known yet whether moved to “${folder}”`;
  };
  const whose = (ids: readonly EmailId[]): string => {
    const email = ids.length === 1 && ids[0] ? account.emails.get(ids[0]) : undefined;
    const subject = email?.subject ?? "";
    const short = subject.length > LONGEST_SUBJECT ? `${subject.slice(0, LONGEST_SUBJECT).trimEnd()}…` : subject;
    return short ? t`“${short}”` : plural(ids.length, { one: "one message", other: "# messages" });
  };
  const noticeDeed = ({ kind, code, folder, message }: Notice): string => {
    if (code === "sent_elsewhere") return t`Sent already`;
    const name = folder ?? "";
    switch (kind) {
      case "create_folder": return t`Folder “${name}” not created`;
      case "rename_folder": return t`Folder “${name}” not renamed`;
      case "move_folder": return t`Folder “${name}” not moved`;
      case "destroy_folder": return t`Folder “${name}” not deleted`;
      default: return what(isVague(kind) ? account.attempts.of(message, kind) : undefined, kind);
    }
  };
  return {
    title: ({ attempt, ids, isUnsure }) => `${isUnsure ? unknown(attempt) : what(attempt, attempt.kind === "schedule" ? "send" : attempt.kind)}: ${whose(ids)}`,
    state: ({ attempt, isUnsure, outcome: { changed, refused, left } }) => {
      if (attempt.kind === "schedule") return t`It is a draft again, and is not sent before you send it.`;
      if ([...refused.values()].some(({ type }) => type === "cannotUnsend")) return "";
      const rest = refused.size + left.length;
      if (isUnsure) return t`The server had not answered when you stopped. The list tells as soon as the server answers.`;
      if (changed.length === 0) return t`Everything is back as it was.`;
      return plural(rest, { one: "This message is as it was; the others were changed.", other: "These messages are as they were; the others were changed." });
    },
    noticeDeed,
    noticeTitle: (notice, others = []) =>
      (notice.folder === null ? `${noticeDeed(notice)}: ${whose([...new Set([notice, ...others].map(({ message }) => message))])}` : noticeDeed(notice)),
    reason: (cause) => {
      if (cause instanceof Offline) return t`The server did not answer in time. A look afterwards showed that it was not done; please repeat it later.`;
      const refused = cause instanceof SetFailed ? [...cause.refused.values()][0] : undefined;
      const why = refused?.["poststelle:reason"];
      if (why === "waits_to_be_sent") return t`The message waits to be sent, and still will be. Open it and take that back first.`;
      if (refused?.type === "cannotUnsend") return t`It was too late to keep it from being sent.`;
      if (why === "being_sent") return t`The message is just being sent.`;
      const type = refused ? refused.type : cause instanceof MethodFailed ? cause.type : "";
      if (type === "forbidden" || type === "accountReadOnly") return t`You may not do this in this mailbox. Please ask your administrator.`;
      if (type === "overQuota") return t`The mailbox is full.`;
      if (type === "rateLimit") return t`These were too many changes at once. Please try again in a moment.`;
      return null;
    },
    noticeReason: (notice) => i18n._(noticeReason(notice, full)),
  };
}
