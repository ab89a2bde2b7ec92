import { useLingui } from "@lingui/react/macro";
import { plural } from "@lingui/core/macro";
import type { DragEvent, MouseEvent } from "react";
import { useEffect, useRef } from "react";
import type { EmailId, Mailbox } from "@/jmap";
import type { MessageList, Slot } from "@/store";
import { isDraft } from "@/store";
import { cx } from "@/ui";
import { startDrag } from "../state/drag";
import { useEmail, useNow, useRows, useSignal } from "../state/hooks";
import type { MailView } from "../state/mail";
import { useMail } from "../state/mail";
import { extended, followed, toggled } from "../state/ticks";
import { ColumnHeads } from "./ColumnHeads";
import { EmptyList } from "./EmptyList";
import { HistoryNote } from "./HistoryNote";
import { Row } from "./Row";
import { useFeel } from "./useFeel";
import { useFixedRows } from "./useFixedRows";
import { useOwnPlace } from "./useOwnPlace";
import { useCursorInSight, useSight } from "./useSight";
import { useSwipe } from "./useSwipe";

/** Room below the last row, so that a toast never lies on it. */
const TOAST_PX = 64;

export interface VirtualListProps {
  readonly list: MessageList;
  readonly folder: Mailbox;
}

/** The rows on screen of a list that may have a hundred thousand. */
export function VirtualList({ list, folder }: VirtualListProps) {
  const { t } = useLingui();
  const view = useMail();
  const { account, messageId, cursor, ticks, setTicks, openRow, rowDeeds, mayWrite } = view;
  const isThreaded = list.spec.isThreaded ?? false;
  const rows = useRows(list);
  const status = useSignal(list.status);
  const now = useNow();
  const { columns, isCompact, rowPx: height, headPx, widthPx } = useFeel();
  const scroller = useRef<HTMLDivElement>(null);
  useOwnPlace(scroller, view.place, rows, height);
  const { from, to, first, last } = useFixedRows(scroller, rows.length, height);
  useEffect(() => { list.look({ from: first, to: last }); }, [list, first, last, rows]);
  useEffect(() => { list.snippets?.need(rows.slice(first, last)); }, [list, first, last, rows]);
  useSight(scroller, view.sight, height, headPx);
  useEmail(account, cursor); // as soon as it is known, so is the row that stands for it
  useTicksFollow(list, rows, ticks, setTicks);
  useCursorInSight(scroller, view.sight, list, rows, cursor);

  const tickTo = (id: string, index: number): void => {
    const anchor = ticks.anchor ?? cursor;
    const at = anchor ? list.indexOf(anchor) : -1;
    if (at < 0) { setTicks((old) => toggled(old, id)); return; }
    const [first, last] = [Math.min(at, index), Math.max(at, index)];
    list.idsBetween(first, last + 1).then((ids) => { setTicks((old) => ({ ...extended(old, ids), anchor })); }, view.setProblem);
  };
  const onClick = (event: MouseEvent): void => {
    const { index, part } = pressed(event);
    const id = rows[index];
    if (!id) return;
    if (!mayWrite) openRow(id as EmailId);
    else if (event.shiftKey) tickTo(id, index);
    else if (part === "tick" || event.ctrlKey || event.metaKey) setTicks((old) => toggled(old, id));
    else if (part === "flag") rowDeeds.toggleFlagged([id as EmailId]);
    else if (ticks.ids.size > 0 && view.screen === "phone") setTicks((old) => toggled(old, id));
    else if (view.writing.isPossible && isDraft(account, account.emails.get(id))) view.writing.openDraft(id as EmailId);
    else openRow(id as EmailId);
  };
  const onDragStart = (event: DragEvent): void => {
    const id = rows[pressed(event).index];
    if (!id) return;
    const ids = (ticks.ids.has(id) ? [...ticks.ids] : [id]) as EmailId[];
    const messages = ids.length > 1 ? ids.length : (list.messagesOf(id as EmailId)?.length ?? 1);
    const label = isThreaded && ids.length > 1
      ? plural(ids.length, { one: "# conversation", other: "# conversations" })
      : plural(messages, { one: "# message", other: "# messages" });
    startDrag(event.dataTransfer, ids, label);
  };
  const swipe = useSwipe({
    isOn: mayWrite,
    onRight: (index) => { const id = rows[index]; if (id) rowDeeds.toggleSeen([id as EmailId]); },
    onLeft: (index) => { const id = rows[index]; if (id) rowDeeds.remove([id as EmailId]); },
    onLong: (index) => { const id = rows[index]; if (id) setTicks((old) => toggled(old, id)); },
  });
  const cursorAt = cursor ? list.indexOf(cursor) : -1;
  const openAt = messageId ? list.indexOf(messageId) : -1;
  const isEmpty = rows.length === 0;
  return (
    <div
      ref={scroller} {...(isEmpty ? { role: "group" } : { role: "grid", "aria-rowcount": rows.length + (columns ? 1 : 0), "aria-multiselectable": mayWrite })} aria-label={t`Messages in ${folder.name}`}
      aria-activedescendant={cursorAt >= from && cursorAt < to ? `row-${String(cursorAt)}` : undefined} tabIndex={0} data-focus-home
      onClick={onClick} onDragStart={onDragStart} {...swipe}
      className={cx("min-h-0 grow overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]", columns ? "overflow-x-auto" : "overflow-x-hidden")}
    >
      {columns && !isEmpty && <div role="presentation" className="sticky top-0 z-10" style={{ minWidth: `${String(widthPx)}px` }}><ColumnHeads columns={columns} height={headPx} /></div>}
      {isEmpty && <EmptyList status={status} filter={list.spec.filter} folder={folder} onRetry={() => { void list.refresh(); }} />}
      <div role="presentation" className="relative w-full" style={{ height: `${String(rows.length * height)}px`, minWidth: `${String(widthPx)}px` }}>
        {rows.slice(from, to).map((id, i) => {
          const index = from + i;
          return (
            <Row
              key={id ?? index} account={account} id={id} index={index} isOpen={index === openAt} isCursor={index === cursorAt}
              isTicked={id !== null && ticks.ids.has(id)} hasTicks={ticks.ids.size > 0} mayWrite={mayWrite} isDraggable={mayWrite && view.screen !== "phone"}
              isThreaded={isThreaded} address={view.mailbox.address} snippets={list.snippets} folder={list.spec.mailboxId === null ? null : folder} now={now} columns={columns} isCompact={isCompact} height={height} top={index * height}
            />
          );
        })}
      </div>
      <div style={{ minHeight: isEmpty ? 0 : `${String(TOAST_PX)}px` }}>{(!isEmpty || status.kind === "ready") && <HistoryNote />}</div>
    </div>
  );
}

/** New mail of a ticked thread shows it by another message: the tick goes along. */
function useTicksFollow(list: MessageList, rows: readonly Slot[], ticks: MailView["ticks"], setTicks: MailView["setTicks"]): void {
  const hasTicks = ticks.ids.size > 0;
  useEffect(() => {
    if (!list.spec.isThreaded || !hasTicks) return;
    const rowOf = rowsByMessage(list, rows);
    setTicks((old) => followed(old, rowOf));
  }, [list, rows, hasTicks, setTicks]);
}

/** Looked up once for all ticks, of which there may be thousands. */
function rowsByMessage(list: MessageList, rows: readonly Slot[]): (id: string) => string {
  const shown = new Set(rows);
  const byThread = new Map(rows.flatMap((row) => {
    const thread = row === null ? undefined : list.threadOf(row);
    return row === null || thread === undefined ? [] : [[thread, row] as const];
  }));
  return (id) => {
    const thread = shown.has(id) ? undefined : list.threadOf(id);
    return (thread === undefined ? undefined : byThread.get(thread)) ?? id;
  };
}

function pressed(event: MouseEvent | DragEvent): { index: number; part: string | undefined } {
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>("[data-index]");
  return { index: Number(row?.dataset["index"] ?? -1), part: target.closest<HTMLElement>("[data-part]")?.dataset["part"] };
}
