import { useDates } from "@/i18n";
import { cx } from "@/ui";
import { Marked } from "../search/Marked";
import { nearHit } from "../search/nearHit";
import { formatRow } from "../text/dates";
import { Chip } from "./Chip";
import { MarkChip } from "./Mark";
import type { FilledProps } from "./Row";
import { Clip, Correspondents, FlagMark, Place, SubjectLine, TickBox, UnreadDot } from "./RowParts";
import { useRowFacts } from "./rowFacts";

/** A message in lines: who and when, what about, and how it begins. Where it is to be compact, without the last. */
export function LineRow(props: FilledProps) {
  const { account, email, thread, isTicked, hasTicks, isUnread, isCompact, folder, markName, markTone, mayWrite, now } = props;
  const { style } = useDates();
  const facts = useRowFacts(props);
  const { isFlagged, hasAttachment, snippet, home } = facts;
  const isFound = snippet?.preview?.some(({ isHit }) => isHit) ?? false; // what was found needs the room
  const chips = isFound && !isCompact ? [] : email["poststelle:categories"].slice(0, isCompact ? 1 : 2).map((name) => <Chip key={name} name={name} />);
  const place = folder === null && home && <Place of={home} />;
  const mark = markName !== null && <MarkChip name={markName} tone={markTone} />;
  return (
    <>
      <div role="gridcell" className={cx("flex w-9 shrink-0 flex-col items-center", isCompact ? "pt-1.5" : "pt-2.5")}>
        {mayWrite ? <TickBox isTicked={isTicked} hasTicks={hasTicks} /> : <span className="size-4 touch:size-5" />}
        {isUnread && <UnreadDot className={isCompact ? "mt-1.5" : "mt-2"} />}
      </div>
      <div role="gridcell" className="flex min-w-0 grow flex-col justify-center">
        <div className="flex items-baseline gap-2 text-list">
          <Correspondents account={account} now={now} thread={thread} facts={facts} isUnread={isUnread} />
          <time dateTime={email.receivedAt} className={cx("tabular shrink-0 text-fine", isUnread ? "font-medium text-accent" : "text-muted")}>
            {formatRow(email.receivedAt, now, style)}
          </time>
        </div>
        <div className="flex items-center gap-1.5 text-list leading-[18px]">
          <SubjectLine account={account} now={now} email={email} thread={thread} facts={facts} isUnread={isUnread} />
          {isCompact && mark}
          {isCompact && place}
          {isCompact && chips}
          {hasAttachment && <Clip />}
          <FlagMark isFlagged={isFlagged} mayWrite={mayWrite} />
        </div>
        {!isCompact && (
          <div className="flex items-center gap-1.5 text-fine text-muted">
            <bdi dir="auto" className="min-w-0 grow truncate text-left">{snippet?.preview ? <Marked pieces={nearHit(snippet.preview)} /> : email.preview || " "}</bdi>
            {mark}
            {place}
            {chips}
          </div>
        )}
      </div>
    </>
  );
}
