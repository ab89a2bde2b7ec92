import type { CSSProperties, ReactNode } from "react";
import { useDates } from "@/i18n";
import { cx } from "@/ui";
import { formatRow } from "../text/dates";
import { fileSize } from "../text/names";
import type { Column, ColumnName } from "../state/prefs";
import { Chip } from "./Chip";
import { LEAD_PX, MARK_PX } from "./columns";
import { MarkChip } from "./Mark";
import type { FilledProps } from "./Row";
import { Clip, Correspondents, FlagMark, Place, SubjectLine, TickBox, UnreadDot } from "./RowParts";
import { useNames, useRowFacts } from "./rowFacts";

/** A message in one line, cell by cell. */
export function TableRow({ columns, ...props }: FilledProps & { readonly columns: readonly Column[] }) {
  const { account, email, thread, isTicked, hasTicks, isUnread, folder, markName, markTone, mayWrite, now } = props;
  const { style } = useDates();
  const facts = useRowFacts(props);
  const names = useNames();
  const { home } = facts;
  const cells: Readonly<Record<ColumnName, () => ReactNode>> = {
    flag: () => <FlagMark isFlagged={facts.isFlagged} mayWrite={mayWrite} />,
    attachment: () => facts.hasAttachment && <Clip />,
    from: () => <Correspondents account={account} now={now} thread={thread} facts={facts} isUnread={isUnread} />,
    to: () => <bdi className="truncate text-muted">{names.to(email)}</bdi>,
    subject: () => (
      <>
        <SubjectLine account={account} now={now} email={email} thread={thread} facts={facts} isUnread={isUnread} />
        {folder === null && home && <Place of={home} />}
      </>
    ),
    categories: () => <span className="flex min-w-0 gap-1.5 *:min-w-0 *:shrink">{email["poststelle:categories"].slice(0, 3).map((name) => <Chip key={name} name={name} />)}</span>,
    size: () => <span className="tabular w-full truncate text-right text-fine text-muted">{fileSize(email.size, style.locale)}</span>,
    date: () => (
      <time dateTime={email.receivedAt} className={cx("tabular w-full truncate text-right text-fine", isUnread ? "font-medium text-accent" : "text-muted")}>
        {formatRow(email.receivedAt, now, style)}
      </time>
    ),
  };
  return (
    <>
      <div role="gridcell" style={{ width: `${String(LEAD_PX)}px` }} className="flex shrink-0 items-center gap-1.5 pl-2">
        <span className="flex size-2 shrink-0">{isUnread && <UnreadDot />}</span>
        {mayWrite && <TickBox isTicked={isTicked} hasTicks={hasTicks} />}
      </div>
      {markName !== null && <div role="gridcell" style={{ width: `${String(MARK_PX)}px` }} className="flex shrink-0 items-center px-2 text-fine text-muted"><MarkChip name={markName} tone={markTone} /></div>}
      {columns.map((column) => (
        <div key={column.name} role="gridcell" style={cellStyle(column)} className={cx("flex min-w-0 items-center gap-1.5 overflow-hidden text-list", isPicture(column.name) ? "justify-center" : "px-2")}>
          {cells[column.name]()}
        </div>
      ))}
    </>
  );
}

/** Its head is a picture, and so are its cells. */
export const isPicture = (name: ColumnName): boolean => name === "flag" || name === "attachment";

/** Each as wide as it was made; the subject takes the room that is left. */
export function cellStyle({ name, width }: Column): CSSProperties {
  return { flex: `${name === "subject" ? "1" : "0"} 0 ${String(width)}px` };
}
