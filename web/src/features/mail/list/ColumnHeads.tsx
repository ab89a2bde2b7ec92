import { useLingui } from "@lingui/react/macro";
import { ArrowDown, ArrowUp, Paperclip, Star } from "lucide-react";
import type { DragEvent, KeyboardEvent, PointerEvent, ReactNode } from "react";
import { useRef, useState } from "react";
import type { SortedBy } from "@/store";
import { cx } from "@/ui";
import { useMail } from "../state/mail";
import type { Column, ColumnName } from "../state/prefs";
import { changePrefs, usePrefs } from "../state/prefs";
import { columnWord, directionWord } from "./columnWords";
import { KINDS, LEAD_PX, movedBy, movedTo, resized } from "./columns";
import { cellStyle, isPicture } from "./TableRow";

const STEP_PX = 16;
const TYPE = "application/x-poststelle-column";

/**
 * The heads of the table's columns. A press sorts; dragging moves a column, dragging its edge makes it wider. By keys:
 * arrows walk, Alt with them moves, Shift makes wider or narrower.
 */
export function ColumnHeads({ columns, height }: { readonly columns: readonly Column[]; readonly height: number }) {
  const { t } = useLingui();
  const row = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  const [dragged, setDragged] = useState<ColumnName | null>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : null;
    const column = columns[Math.min(at, columns.length - 1)];
    if (by === null || !column) return;
    event.preventDefault();
    if (event.shiftKey) { changePrefs({ columns: resized(columns, column.name, column.width + by * STEP_PX) }); return; }
    if (event.altKey) changePrefs({ columns: movedBy(columns, column.name, by) });
    const next = Math.max(0, Math.min(columns.length - 1, at + by));
    setAt(next);
    requestAnimationFrame(() => { row.current?.querySelectorAll<HTMLElement>("button")[next]?.focus(); });
  };
  return (
    <div
      ref={row} role="row" aria-rowindex={1} onKeyDown={onKeyDown} style={{ height: `${String(height)}px` }}
      className="flex w-full items-stretch border-b border-border bg-sunken pr-3 text-fine text-muted"
    >
      <div role="columnheader" style={{ width: `${String(LEAD_PX)}px` }} className="shrink-0"><span className="sr-only">{t`Selection`}</span></div>
      {columns.map((column, place) => (
        <Head
          key={column.name} column={column} columns={columns} isReached={place === Math.min(at, columns.length - 1)} onReach={() => { setAt(place); }}
          dragged={dragged} onDrag={setDragged} onDrop={(name) => { changePrefs({ columns: movedTo(columns, name, place) }); }}
        />
      ))}
    </div>
  );
}

interface HeadProps {
  readonly column: Column;
  readonly columns: readonly Column[];
  /** The one of the row that Tab leads to. */
  readonly isReached: boolean;
  readonly onReach: () => void;
  readonly dragged: ColumnName | null;
  readonly onDrag: (name: ColumnName | null) => void;
  readonly onDrop: (name: ColumnName) => void;
}

const pictures: Readonly<Partial<Record<ColumnName, ReactNode>>> = {
  flag: <Star size={14} aria-hidden />, attachment: <Paperclip size={14} aria-hidden />,
};

function Head({ column, columns, isReached, onReach, dragged, onDrag, onDrop }: HeadProps) {
  const { t } = useLingui();
  const { sort } = usePrefs();
  const { folder, search } = useMail();
  const [isOver, setOver] = useState(false);
  const { name } = column;
  // What is written here shows whom it goes to.
  const isTurned = name === "from" && (folder?.role === "sent" || folder?.role === "drafts") && search?.isHere !== false;
  const word = columnWord(isTurned ? "to" : name);
  const { sortedBy } = KINDS[isTurned ? "to" : name];
  const isSorted = sortedBy !== null && sort.by === sortedBy;
  const isRight = name === "size" || name === "date";
  const start = (event: DragEvent): void => {
    event.stopPropagation();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData(TYPE, name);
    onDrag(name);
  };
  const hint = isSorted ? directionWord(sort.by, sort.isAscending) : sortedBy === null ? "" : t`Sort by it`;
  return (
    <div
      role="columnheader" aria-sort={sortedBy === null ? undefined : isSorted ? (sort.isAscending ? "ascending" : "descending") : "none"}
      style={cellStyle(column)} className={cx("relative flex min-w-0 items-stretch", isOver && dragged !== name && "shadow-[inset_2px_0_0_var(--accent)]")}
      onDragOver={(event) => { if (dragged) { event.preventDefault(); event.stopPropagation(); setOver(true); } }}
      onDragLeave={() => { setOver(false); }}
      onDrop={(event) => { event.preventDefault(); event.stopPropagation(); setOver(false); if (dragged) onDrop(dragged); }}
    >
      <button
        type="button" tabIndex={isReached ? 0 : -1} onFocus={onReach} draggable onDragStart={start} onDragEnd={() => { onDrag(null); }}
        title={[word, hint].filter(Boolean).join(" · ")}
        onClick={() => { if (sortedBy) changePrefs({ sort: nextSort(sortedBy, isSorted, sort.isAscending, KINDS[name].isLargestFirst ?? false) }); }}
        className={cx("flex min-w-0 grow items-center gap-1 rounded-sm -outline-offset-2 hover:bg-hover hover:text-ink", isPicture(name) ? "justify-center" : "px-2", isRight && "justify-end", isSorted && "font-medium text-ink", sortedBy === null && "cursor-grab")}
      >
        {pictures[name] ? <>{pictures[name]}<span className="sr-only">{word}</span></> : <span className="truncate">{word}</span>}
        {isSorted && (sort.isAscending ? <ArrowUp size={12} aria-hidden className="shrink-0" /> : <ArrowDown size={12} aria-hidden className="shrink-0" />)}
      </button>
      <Edge column={column} columns={columns} />
    </div>
  );
}

function nextSort(by: SortedBy, isSorted: boolean, isAscending: boolean, isLargestFirst: boolean): { readonly by: SortedBy; readonly isAscending: boolean } {
  return { by, isAscending: isSorted ? !isAscending : !isLargestFirst };
}

/** The edge that a pointer drags; keys do it from the head itself. */
function Edge({ column: { name, width }, columns }: { readonly column: Column; readonly columns: readonly Column[] }) {
  const start = useRef<{ readonly at: number; readonly width: number } | null>(null);
  const end = (): void => { start.current = null; };
  const begin = (event: PointerEvent<HTMLElement>): void => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    const shown = event.currentTarget.parentElement?.getBoundingClientRect().width ?? width; // a subject may be wider than it was made
    start.current = { at: event.clientX, width: shown };
  };
  return (
    <span
      aria-hidden className="absolute inset-y-1 -right-1 z-10 w-2 cursor-col-resize touch-none before:absolute before:inset-y-0 before:left-1 before:w-px before:bg-border hover:before:bg-accent"
      onPointerDown={begin} onPointerUp={end} onLostPointerCapture={end} onClick={(event) => { event.stopPropagation(); }}
      onPointerMove={(event) => { if (start.current) changePrefs({ columns: resized(columns, name, start.current.width + event.clientX - start.current.at) }); }}
    />
  );
}
