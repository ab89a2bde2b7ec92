import { useLingui } from "@lingui/react/macro";
import { plural } from "@lingui/core/macro";
import type { DragEvent, MouseEvent } from "react";
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import type { EmailId } from "@/jmap";
import type { RowList, Slot } from "@/store";
import { cx } from "@/ui";
import { startDrag } from "../state/drag";
import { useNow, useRows, useSignal } from "../state/hooks";
import type { ListView } from "../state/mail";
import { isDraftRow, useListView } from "../state/mail";
import { extended, followed, toggled } from "../state/ticks";
import { ColumnHeads } from "./ColumnHeads";
import { useCategorySearch } from "../search/useCategorySearch";
import { BlankRow, Row } from "./Row";
import { openRowMenu } from "./rowMenu";
import { useFeel } from "./useFeel";
import { useFixedRows } from "./useFixedRows";
import { useOwnPlace } from "./useOwnPlace";
import { useCursorInSight, useSight } from "./useSight";
import { useSwipe } from "./useSwipe";

/** Room below the last row, so that a toast never lies on it; on a phone the button that writes does, and what is said there stands above it. */
const TOAST_PX = 64;
const WRITE_PX = 80;

export interface VirtualListProps {
  readonly list: RowList;
  /** Where no rows are. */
  readonly empty: ReactNode;
  /** Below the last row. */
  readonly foot: ReactNode;
}

/** The rows on screen of a list that may have a hundred thousand. */
export function VirtualList({ list, empty, foot }: VirtualListProps) {
  const { t } = useLingui();
  const view = useListView();
  const { title, ownerOf, messageId, cursor, ticks, setTicks, openRow, rowDeeds, mayWrite } = view;
  const isThreaded = list.spec.isThreaded ?? false;
  const rows = useRows(list);
  const status = useSignal(list.status);
  const now = useNow();
  const { columns, isCompact, rowPx: height, headPx, widthPx } = useFeel();
  const scroller = useRef<HTMLDivElement>(null);
  useOwnPlace(scroller, view.place, rows, height);
  const { from, to, first, last } = useFixedRows(scroller, rows.length, height);
  useEffect(() => { list.look({ from: first, to: last }); }, [list, first, last, rows]);
  useEffect(() => { list.needSnippets(rows.slice(first, last)); }, [list, first, last, rows]);
  useSight(scroller, view.sight, height, headPx);
  useCursorKnown(view, cursor);
  useTicksFollow(list, rows, ticks, setTicks);
  useCursorInSight(scroller, view.sight, list, rows, cursor);

  const searchFor = useCategorySearch(view);
  const tickTo = (id: string, index: number): void => {
    const anchor = ticks.anchor ?? cursor;
    const at = anchor ? list.indexOf(anchor) : -1;
    if (at < 0) { setTicks((old) => toggled(old, id)); return; }
    const [first, last] = [Math.min(at, index), Math.max(at, index)];
    list.idsBetween(first, last + 1).then((ids) => { setTicks((old) => ({ ...extended(old, ids), anchor })); }, view.setProblem);
  };
  const onClick = (event: MouseEvent): void => {
    const { index, part, category } = pressed(event);
    const id = rows[index];
    if (!id) return;
    const isPlain = !event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (category !== undefined && isPlain && view.screen !== "phone") searchFor(category); // a finger wants the row
    else if (!ownerOf(id)?.mayWrite) openRow(id as EmailId);
    else if (event.shiftKey) tickTo(id, index);
    else if (part === "tick" || event.ctrlKey || event.metaKey) setTicks((old) => toggled(old, id));
    else if (part === "flag") rowDeeds.toggleFlagged([id as EmailId]);
    else if (ticks.ids.size > 0 && view.screen === "phone") setTicks((old) => toggled(old, id));
    else if (view.writing.isPossible && isDraftRow(view, id)) view.writing.openDraft(id as EmailId);
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
  const onContextMenu = (event: MouseEvent): void => {
    swipe.onContextMenu(event);
    const id = rows[pressed(event).index];
    if (!id || event.defaultPrevented || (event.nativeEvent as PointerEvent).pointerType === "touch") return; // a finger that rests ticks
    event.preventDefault();
    openRowMenu(view, id as EmailId, { x: event.clientX, y: event.clientY });
  };
  const swiped = (deed: (id: EmailId) => void) => (index: number): void => {
    const id = rows[index];
    if (id && ownerOf(id)?.mayWrite) deed(id as EmailId);
    else if (id) view.sayReadOnly();
  };
  const swipe = useSwipe({
    isOn: mayWrite,
    onRight: swiped((id) => { rowDeeds.toggleSeen([id]); }),
    onLeft: swiped((id) => { rowDeeds.remove([id]); }),
    onLong: swiped((id) => { setTicks((old) => toggled(old, id)); }),
  });
  const cursorAt = cursor ? list.indexOf(cursor) : -1;
  const openAt = messageId ? list.indexOf(messageId) : -1;
  const isEmpty = rows.length === 0;
  return (
    <div
      ref={scroller} {...(isEmpty ? { role: "group" } : { role: "grid", "aria-rowcount": list.isCounted ? rows.length + (columns ? 1 : 0) : -1, "aria-multiselectable": mayWrite })} aria-label={t`Messages in ${title}`}
      aria-activedescendant={cursorAt >= from && cursorAt < to ? `row-${String(cursorAt)}` : undefined} tabIndex={0} data-focus-home
      onClick={onClick} onDragStart={onDragStart} {...swipe} onContextMenu={onContextMenu}
      className={cx("min-h-0 grow overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]", columns ? "overflow-x-auto" : "overflow-x-hidden")}
    >
      {columns && !isEmpty && <div role="presentation" className="sticky top-0 z-10" style={{ minWidth: `${String(widthPx)}px` }}><ColumnHeads columns={columns} height={headPx} /></div>}
      {isEmpty && empty}
      <div role="presentation" className="relative w-full" style={{ height: `${String(rows.length * height)}px`, minWidth: `${String(widthPx)}px` }}>
        {rows.slice(from, to).map((id, i) => {
          const index = from + i;
          const owner = id === null ? null : ownerOf(id);
          if (id === null || !owner) return <BlankRow key={id ?? index} index={index} columns={columns} isCompact={isCompact} height={height} top={index * height} />;
          return (
            <Row
              key={id} account={owner.account} id={owner.id} index={index} isOpen={index === openAt} isCursor={index === cursorAt}
              isTicked={ticks.ids.has(id)} hasTicks={ticks.ids.size > 0} mayWrite={owner.mayWrite} isDraggable={owner.mayWrite && view.screen !== "phone"}
              isThreaded={isThreaded} address={owner.mailbox.address} markName={owner.mark?.name ?? null} markTone={owner.mark?.tone ?? 0}
              snippets={owner.list?.snippets ?? null} folder={owner.list?.spec.mailboxId === null ? null : owner.folder} now={now}
              columns={columns} isCompact={isCompact} height={height} top={index * height}
            />
          );
        })}
      </div>
      <div style={{ minHeight: isEmpty ? 0 : `${String(TOAST_PX)}px`, paddingBottom: isEmpty || view.screen !== "phone" ? 0 : `${String(WRITE_PX)}px` }}>{(!isEmpty || status.kind === "ready") && foot}</div>
    </div>
  );
}

/** As soon as the cursor's message is known, so is the row that stands for it. */
function useCursorKnown({ ownerOf }: ListView, cursor: EmailId | null): void {
  const owner = cursor === null ? null : ownerOf(cursor);
  const [emails, id] = [owner?.account.emails, owner?.id];
  const subscribe = useCallback((listener: () => void) => (emails && id ? emails.subscribe(id, listener) : () => undefined), [emails, id]);
  useSyncExternalStore(subscribe, () => (emails && id ? emails.get(id) : undefined));
}

/** New mail of a ticked thread shows it by another message: the tick goes along. */
function useTicksFollow(list: RowList, rows: readonly Slot[], ticks: ListView["ticks"], setTicks: ListView["setTicks"]): void {
  const hasTicks = ticks.ids.size > 0;
  useEffect(() => {
    if (!list.spec.isThreaded || !hasTicks) return;
    const rowOf = rowsByMessage(list, rows);
    setTicks((old) => followed(old, rowOf));
  }, [list, rows, hasTicks, setTicks]);
}

/** Looked up once for all ticks, of which there may be thousands. */
function rowsByMessage(list: RowList, rows: readonly Slot[]): (id: string) => string {
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

function pressed(event: MouseEvent | DragEvent): { index: number; part: string | undefined; category: string | undefined } {
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>("[data-index]");
  const { part, category } = target.closest<HTMLElement>("[data-part]")?.dataset ?? {};
  return { index: Number(row?.dataset["index"] ?? -1), part, category };
}
