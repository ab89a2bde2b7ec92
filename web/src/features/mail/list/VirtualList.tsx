import { useLingui } from "@lingui/react/macro";
import { plural } from "@lingui/core/macro";
import type { DragEvent, MouseEvent } from "react";
import { useEffect, useLayoutEffect, useRef } from "react";
import type { EmailId, Mailbox } from "@/jmap";
import type { MessageList, Slot } from "@/store";
import { startDrag } from "../state/drag";
import { useMedia, useNow, useRows, useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import { extended, toggled } from "../state/ticks";
import { useKeys } from "../state/useKeys";
import { EmptyList } from "./EmptyList";
import { Row } from "./Row";
import { useFixedRows } from "./useFixedRows";
import { useSwipe } from "./useSwipe";

const ROW_PX = 72;
const TOUCH_ROW_PX = 80;
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
  const { account, messageId, ticks, setTicks, open, deeds, mayWrite } = view;
  const rows = useRows(list);
  const status = useSignal(list.status);
  const now = useNow();
  const height = useMedia("(pointer: coarse)") ? TOUCH_ROW_PX : ROW_PX;
  const scroller = useRef<HTMLDivElement>(null);
  const { from, to, first, last, scrollTo } = useFixedRows(scroller, rows.length, height);
  useEffect(() => { list.look({ from: first, to: last }); }, [list, first, last, rows]);
  useHeldPlace(scroller, rows, height);

  const step = (by: number, isExtending = false): void => {
    const all = list.rows();
    if (all.length === 0) return;
    const at = messageId ? all.indexOf(messageId) : -1;
    const target = at < 0 ? (by < 0 && by !== -Infinity ? -1 : 0) : Math.max(0, Math.min(all.length - 1, at + by));
    const id = all[target];
    if (target < 0) return;
    scrollTo(target);
    if (!id) return;
    if (isExtending) setTicks((old) => extended(old, [all[at], id].filter((each): each is string => typeof each === "string")));
    open(id as EmailId);
  };
  useKeys(view, step);

  const tickTo = (id: string, index: number): void => {
    const anchor = ticks.anchor ?? messageId;
    const at = anchor ? rows.indexOf(anchor) : -1;
    if (at < 0) { setTicks((old) => toggled(old, id)); return; }
    const [first, last] = [Math.min(at, index), Math.max(at, index)];
    list.idsBetween(first, last + 1).then((ids) => { setTicks((old) => ({ ...extended(old, ids), anchor })); }, view.setProblem);
  };
  const onClick = (event: MouseEvent): void => {
    const { index, part } = pressed(event);
    const id = rows[index];
    if (!id) return;
    if (event.shiftKey) tickTo(id, index);
    else if (part === "tick" || event.ctrlKey || event.metaKey) setTicks((old) => toggled(old, id));
    else if (part === "flag") { if (mayWrite) deeds.toggleFlagged([id as EmailId]); }
    else if (ticks.ids.size > 0 && view.screen === "phone") setTicks((old) => toggled(old, id));
    else open(id as EmailId);
  };
  const onDragStart = (event: DragEvent): void => {
    const id = rows[pressed(event).index];
    if (!id) return;
    const ids = (ticks.ids.has(id) ? [...ticks.ids] : [id]) as EmailId[];
    startDrag(event.dataTransfer, ids, plural(ids.length, { one: "# message", other: "# messages" }));
  };
  const swipe = useSwipe({
    isOn: mayWrite,
    onRight: (index) => { const id = rows[index]; if (id) deeds.toggleSeen([id as EmailId]); },
    onLeft: (index) => { const id = rows[index]; if (id) deeds.remove([id as EmailId]); },
    onLong: (index) => { const id = rows[index]; if (id) setTicks((old) => toggled(old, id)); },
  });
  const currentIndex = messageId ? rows.indexOf(messageId) : -1;
  useEffect(() => {
    if (currentIndex >= 0) scrollTo(currentIndex);
    // Only when another message is opened: new mail above must not move what is looked at.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [messageId]);

  const isEmpty = rows.length === 0;
  return (
    <div
      ref={scroller} role="grid" aria-rowcount={rows.length} aria-multiselectable aria-label={t`Messages in ${folder.name}`}
      aria-activedescendant={currentIndex >= 0 ? `row-${String(currentIndex)}` : undefined} tabIndex={0}
      onClick={onClick} onDragStart={onDragStart} {...swipe}
      className="min-h-0 grow overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]"
    >
      {isEmpty && <EmptyList status={status} filter={list.spec.filter} folder={folder} onRetry={() => { void list.refresh(); }} />}
      <div role="presentation" className="relative w-full" style={{ height: `${String(rows.length * height)}px`, marginBottom: isEmpty ? 0 : `${String(TOAST_PX)}px` }}>
        {rows.slice(from, to).map((id, i) => {
          const index = from + i;
          return (
            <Row
              key={id ?? index} account={account} id={id} index={index} isCurrent={id !== null && id === messageId}
              isTicked={id !== null && ticks.ids.has(id)} hasTicks={ticks.ids.size > 0} isDraggable={mayWrite && view.screen !== "phone"}
              isOutgoing={folder.role === "sent" || folder.role === "drafts"} now={now} height={height} top={index * height}
            />
          );
        })}
      </div>
    </div>
  );
}

function pressed(event: MouseEvent | DragEvent): { index: number; part: string | undefined } {
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>("[data-index]");
  return { index: Number(row?.dataset["index"] ?? -1), part: target.closest<HTMLElement>("[data-part]")?.dataset["part"] };
}

/**
 * Keep what the user looks at where it is when rows come or go above it. At
 * the very top new mail is let in instead.
 */
function useHeldPlace(scroller: React.RefObject<HTMLDivElement | null>, rows: readonly Slot[], height: number): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const old = before.current;
    before.current = rows;
    const element = scroller.current;
    if (!element || old === rows || element.scrollTop < height / 2) return;
    const first = Math.floor(element.scrollTop / height);
    for (let at = first; at < Math.min(old.length, first + 20); at += 1) {
      const id = old[at];
      const to = id ? rows.indexOf(id) : -1;
      if (to < 0) continue;
      if (to !== at) element.scrollBy({ top: (to - at) * height, behavior: "instant" });
      return;
    }
  }, [scroller, rows, height]);
}
