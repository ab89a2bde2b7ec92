import { useLingui } from "@lingui/react/macro";
import { Mail, MailOpen, Paperclip, Reply, Star, Trash2 } from "lucide-react";
import { memo, useMemo } from "react";
import { plural } from "@lingui/core/macro";
import { useDates } from "@/i18n";
import type { Email, Mailbox } from "@/jmap";
import type { AccountStore, Snippets } from "@/store";
import { foldersOf, hasKeyword, isDraft } from "@/store";
import { Skeleton, cx } from "@/ui";
import { AnsweringMark } from "../presence/AnsweringMark";
import { Marked } from "../search/Marked";
import { useEmail, useSnippet, useThread } from "../state/hooks";
import { formatRow } from "../text/dates";
import { personName } from "../text/names";
import type { ThreadSummary } from "../text/threads";
import { summaryOf } from "../text/threads";
import { boxClass } from "./boxClass";
import { Chip } from "./Chip";
import { MarkChip } from "./Mark";

export interface RowProps {
  readonly account: AccountStore;
  /** The message's in that account. */
  readonly id: string;
  /** From 0. */
  readonly index: number;
  /** Its message is the one being read. */
  readonly isOpen: boolean;
  /** Keys go on from here. */
  readonly isCursor: boolean;
  readonly isTicked: boolean;
  /** Others are ticked: every row offers its box. */
  readonly hasTicks: boolean;
  /** Without it a row offers nothing but reading. */
  readonly mayWrite: boolean;
  readonly isDraggable: boolean;
  /** Where it lies; null: anywhere, and the row says so. */
  readonly folder: Mailbox | null;
  /** It stands for all of its thread. */
  readonly isThreaded: boolean;
  /** The mailbox's own. */
  readonly address: string;
  /** Where mailboxes stand side by side: what this one is called; null elsewhere. */
  readonly markName: string | null;
  readonly markTone: number;
  /** Where the words of a search were found. */
  readonly snippets: Snippets | null;
  readonly now: Date;
  readonly height: number;
  readonly top: number;
}

/**
 * One message of the list, or one thread. Presses are handled by the list, which finds the
 * row by `data-index` and the part by `data-part`.
 */
export const Row = memo(function Row(props: RowProps) {
  const { account, id, index, isOpen, isCursor, isTicked, mayWrite, isDraggable, height, top } = props;
  const email = useEmail(account, id);
  const thread = useSummary(props, email);
  const isUnread = thread ? thread.isUnread : email ? !hasKeyword(email, "$seen") : false;
  const isHigh = email?.["poststelle:importance"] === "high";
  return (
    <div
      id={`row-${String(index)}`} role="row" aria-rowindex={index + 1} aria-selected={mayWrite ? isTicked : undefined} data-index={index}
      draggable={isDraggable && email !== undefined}
      style={{ height: `${String(height)}px`, transform: `translateY(${String(top)}px)` }}
      className="group absolute inset-x-0 top-0 touch-pan-y overflow-hidden data-[swipe=left]:bg-danger data-[swipe=right]:bg-accent"
    >
      <span aria-hidden className="absolute inset-y-0 left-5 hidden items-center text-on-accent group-data-[swipe=right]:flex">
        {isUnread ? <MailOpen size={18} /> : <Mail size={18} />}
      </span>
      <span aria-hidden className="absolute inset-y-0 right-5 hidden items-center text-on-danger group-data-[swipe=left]:flex">
        <Trash2 size={18} />
      </span>
      <div
        data-slide
        className={cx(
          "relative flex h-full cursor-pointer items-stretch border-b border-border pr-3",
          isOpen ? "bg-selected" : isTicked ? "bg-info-surface" : isHigh && isUnread ? "bg-priority-high-surface" : "bg-surface hover:bg-hover",
          isCursor && "shadow-[inset_3px_0_0_var(--accent)]",
        )}
      >
        {email ? <Filled {...props} email={email} thread={thread} isUnread={isUnread} isHigh={isHigh} /> : <Blank />}
      </div>
    </div>
  );
});

/** What the row says of its thread; null where it stands for one message. */
function useSummary({ account, isThreaded, folder, address }: RowProps, email: Email | undefined): ThreadSummary | null {
  const members = useThread(account, isThreaded ? email?.threadId : undefined);
  const folderId = folder?.id;
  return useMemo(() => {
    if (!email || members.length === 0) return null;
    const here = folderId === undefined ? foldersOf(email) : [folderId];
    return summaryOf(members, { here, roleOf: (id) => account.mailboxes.get(id)?.role ?? null }, address);
  }, [account, members, email, folderId, address]);
}

/** A row that is not loaded yet. */
export function BlankRow({ index, height, top }: Pick<RowProps, "index" | "height" | "top">) {
  return (
    <div
      id={`row-${String(index)}`} role="row" aria-rowindex={index + 1} data-index={index} className="absolute inset-x-0 top-0 flex border-b border-border bg-surface pr-3"
      style={{ height: `${String(height)}px`, transform: `translateY(${String(top)}px)` }}
    >
      <Blank />
    </div>
  );
}

function Blank() {
  return (
    <div role="gridcell" className="appear-late flex grow flex-col justify-center gap-2.5 pl-9">
      <Skeleton className="w-1/3" /><Skeleton className="w-2/3" />
    </div>
  );
}

interface FilledProps extends RowProps {
  readonly email: Email;
  readonly thread: ThreadSummary | null;
  readonly isUnread: boolean;
  readonly isHigh: boolean;
}

function Filled({ account, email, thread, isTicked, hasTicks, isUnread, isHigh, folder, markName, markTone, snippets, mayWrite, now }: FilledProps) {
  const { t } = useLingui();
  const { style } = useDates();
  const isFlagged = thread ? thread.isFlagged : hasKeyword(email, "$flagged");
  const hasAttachment = thread ? thread.hasAttachment : email.hasAttachment;
  const colour = isHigh ? "text-priority-high" : email["poststelle:importance"] === "low" ? "text-priority-low" : "";
  const snippet = useSnippet(snippets, email.id);
  const home = folder ?? account.mailboxes.get(Object.keys(email.mailboxIds)[0] ?? "");
  const isOutgoing = home?.role === "sent" || home?.role === "drafts"; // these show whom they go to
  const people = (isOutgoing ? email.to : email.from) ?? [];
  const names = people.map(personName).filter((name) => name !== null).join(", ") || t`(unknown)`;
  const isTalk = thread !== null && (thread.count > 1 || (thread.hasDraft && thread.count === 1));
  return (
    <>
      <div role="gridcell" className="flex w-9 shrink-0 flex-col items-center pt-2.5">
        {mayWrite ? (
          <input
            type="checkbox" tabIndex={-1} readOnly checked={isTicked} data-part="tick" aria-label={t`Select`}
            className={cx("size-4 touch:size-5", boxClass, !isTicked && !hasTicks && "opacity-0 group-hover:opacity-100 touch:invisible")}
          />
        ) : <span className="size-4 touch:size-5" />}
        {isUnread && <span role="img" aria-label={t`Unread`} className="mt-2 size-2 rounded-full bg-accent" />}
      </div>
      <div role="gridcell" className="flex min-w-0 grow flex-col justify-center">
        <div className="flex items-baseline gap-2 text-list">
          <span className="flex min-w-0 grow items-baseline gap-1">
            {isTalk && !isOutgoing ? <People thread={thread} /> : (
              <bdi className={cx("min-w-0 truncate text-left", isUnread && "font-semibold")}>{isOutgoing ? t`To: ${names}` : names}</bdi>
            )}
            {thread && thread.count > 1 && <Count count={thread.count} />}
          </span>
          <time dateTime={email.receivedAt} className={cx("tabular shrink-0 text-fine", isUnread ? "font-medium text-accent" : "text-muted")}>
            {formatRow(email.receivedAt, now, style)}
          </time>
        </div>
        <div className="flex items-center gap-1.5 text-list leading-[18px]">
          {(thread?.newest ?? [email.id]).map((each) => <AnsweringMark key={each} account={account} id={each} />)}
          {hasKeyword(email, "$answered") && <Reply size={14} role="img" aria-label={t`Answered`} className="shrink-0 text-muted" />}
          <bdi dir="auto" className={cx("min-w-0 grow truncate text-left", isUnread && "font-medium", colour)}>
            {isDraft(account, email) && <span className="text-warning">{t`Draft`} · </span>}
            {snippet?.subject ? <Marked pieces={snippet.subject} /> : email.subject || <span className="text-muted">{t`(no subject)`}</span>}
          </bdi>
          {hasAttachment && <Paperclip size={14} role="img" aria-label={t`Attachment`} className="shrink-0 text-muted" />}
          {mayWrite && (
            <button
              type="button" tabIndex={-1} data-part="flag" aria-label={isFlagged ? t`Remove flag` : t`Flag`} aria-pressed={isFlagged}
              className={cx("-my-1 shrink-0 rounded-sm p-0.5", isFlagged ? "text-warning" : "hidden text-muted group-hover:block touch:hidden")}
            >
              <Star size={14} aria-hidden fill={isFlagged ? "currentColor" : "none"} />
            </button>
          )}
          {!mayWrite && isFlagged && <Star size={14} role="img" aria-label={t`Flagged`} fill="currentColor" className="mx-0.5 shrink-0 text-warning" />}
        </div>
        <div className="flex items-center gap-1.5 text-fine text-muted">
          <bdi dir="auto" className="min-w-0 grow truncate text-left">{snippet?.preview ? <Marked pieces={snippet.preview} /> : email.preview || " "}</bdi>
          {markName !== null && <MarkChip name={markName} tone={markTone} />}
          {folder === null && home && <bdi className="max-w-28 shrink-0 truncate rounded-sm bg-sunken px-1.5 leading-4">{home.name}</bdi>}
          {email["poststelle:categories"].slice(0, 2).map((name) => <Chip key={name} name={name} />)}
        </div>
      </div>
    </>
  );
}

/** "Anna, me … Ben": who wrote in a thread, those to be read in bold. */
function People({ thread }: { readonly thread: ThreadSummary }) {
  const { t } = useLingui();
  return (
    <span className="min-w-0 truncate text-left">
      {thread.people.map(({ name, isMe, isUnread, isAfterGap }, at) => (
        <span key={at}>
          {at > 0 && (isAfterGap ? " … " : ", ")}
          <bdi className={cx(isUnread && "font-semibold")}>{isMe ? t`me` : name ?? t`(unknown)`}</bdi>
        </span>
      ))}
      {thread.hasDraft && <span className="text-warning">{thread.people.length > 0 && ", "}{t`Draft`}</span>}
    </span>
  );
}

function Count({ count }: { readonly count: number }) {
  return (
    <span className="tabular shrink-0 text-fine text-muted">
      <span aria-hidden>({count})</span>
      <span className="sr-only">{plural(count, { one: "# message", other: "# messages" })}</span>
    </span>
  );
}
