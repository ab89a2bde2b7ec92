import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Paperclip, Reply, Star } from "lucide-react";
import type { Email, Folder } from "@/jmap";
import type { AccountStore } from "@/store";
import { hasKeyword, isDraft } from "@/store";
import { cx } from "@/ui";
import { AnsweringMark } from "../presence/AnsweringMark";
import { Marked } from "../search/Marked";
import { useNameOf } from "../state/useNameOf";
import type { ThreadSummary } from "../text/threads";
import { boxClass } from "./boxClass";
import { DraftMark } from "./DraftMark";
import type { RowFacts } from "./rowFacts";
import { TakenBackMark } from "./TakenBackMark";

/** The box of a row; out of sight until the row is pointed at or others are ticked. */
export function TickBox({ isTicked, hasTicks }: { readonly isTicked: boolean; readonly hasTicks: boolean }) {
  const { t } = useLingui();
  return (
    <input
      type="checkbox" tabIndex={-1} readOnly checked={isTicked} data-part="tick" aria-label={t`Select`}
      className={cx("size-4 touch:size-5", boxClass, !isTicked && !hasTicks && "opacity-0 group-hover:opacity-100 touch:invisible")}
    />
  );
}

export function UnreadDot({ className = "" }: { readonly className?: string }) {
  const { t } = useLingui();
  return <span role="img" aria-label={t`Unread`} className={cx("size-2 shrink-0 rounded-full bg-accent", className)} />;
}

/** The folder a message lies in, where those of several are listed. */
export function Place({ of }: { readonly of: Folder }) {
  return <bdi className="max-w-28 shrink-0 truncate rounded-sm bg-sunken px-1.5 text-fine leading-4 text-muted">{useNameOf()(of)}</bdi>;
}

export interface TalkProps {
  readonly account: AccountStore;
  readonly now: Date;
  readonly thread: ThreadSummary | null;
  readonly facts: RowFacts;
  readonly isUnread: boolean;
}

/** Who writes, and in a thread how many messages there are. */
export function Correspondents({ account, now, thread, facts: { isTalk, isOutgoing, names }, isUnread }: TalkProps) {
  const { t } = useLingui();
  return (
    <span className="flex min-w-0 grow items-baseline gap-1">
      {thread && isTalk && !isOutgoing ? <People account={account} thread={thread} now={now} /> : (
        <bdi className={cx("min-w-0 truncate text-left", isUnread && "font-semibold")}>{isOutgoing ? t`To: ${names}` : names}</bdi>
      )}
      {thread && thread.count > 1 && <Count count={thread.count} />}
    </span>
  );
}

export interface SubjectProps {
  readonly account: AccountStore;
  readonly now: Date;
  readonly email: Email;
  readonly thread: ThreadSummary | null;
  readonly facts: RowFacts;
  readonly isUnread: boolean;
}

/** What it is about, after the marks of who answers and what was answered. */
export function SubjectLine({ account, now, email, thread, facts: { snippet, colour }, isUnread }: SubjectProps) {
  const { t } = useLingui();
  return (
    <>
      <TakenBackMark account={account} email={email} isThread={thread !== null} />
      {(thread?.newest ?? [email.id]).map((each) => <AnsweringMark key={each} account={account} id={each} />)}
      {hasKeyword(email, "$answered") && <Reply size={14} role="img" aria-label={t`Answered`} className="shrink-0 text-muted" />}
      <bdi dir="auto" className={cx("min-w-0 grow truncate text-left", isUnread && "font-medium", colour)}>
        {isDraft(account, email) && <><DraftMark account={account} drafts={[email.id]} now={now} /> · </>}
        {snippet?.subject ? <Marked pieces={snippet.subject} /> : email.subject || <span className="text-muted">{t`(no subject)`}</span>}
      </bdi>
    </>
  );
}

export function Clip() {
  const { t } = useLingui();
  return <Paperclip size={14} role="img" aria-label={t`Attachment`} className="shrink-0 text-muted" />;
}

/** The flag: who may organise puts it and takes it away. */
export function FlagMark({ isFlagged, mayWrite }: { readonly isFlagged: boolean; readonly mayWrite: boolean }) {
  const { t } = useLingui();
  if (!mayWrite) return isFlagged ? <Star size={14} role="img" aria-label={t`Flagged`} fill="currentColor" className="mx-0.5 shrink-0 text-warning" /> : null;
  return (
    <button
      type="button" tabIndex={-1} data-part="flag" aria-label={isFlagged ? t`Remove flag` : t`Flag`} aria-pressed={isFlagged}
      className={cx("-my-1 shrink-0 rounded-sm p-0.5", isFlagged ? "text-warning" : "hidden text-muted group-hover:block touch:hidden")}
    >
      <Star size={14} aria-hidden fill={isFlagged ? "currentColor" : "none"} />
    </button>
  );
}

/** "Anna, me … Ben": who wrote in a thread, those to be read in bold. */
function People({ account, thread, now }: Pick<TalkProps, "account" | "now"> & { readonly thread: ThreadSummary }) {
  const { t } = useLingui();
  return (
    <span className="min-w-0 truncate text-left">
      {thread.people.map(({ name, isMe, isUnread, isAfterGap }, at) => (
        <span key={at}>
          {at > 0 && (isAfterGap ? " … " : ", ")}
          <bdi className={cx(isUnread && "font-semibold")}>{isMe ? t`me` : name ?? t`(unknown)`}</bdi>
        </span>
      ))}
      {thread.drafts.length > 0 && <>{thread.people.length > 0 && ", "}<DraftMark account={account} drafts={thread.drafts} now={now} /></>}
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
