/** The columns of the list's table: which there are, and what a person does with them. Pure. */
import type { SortedBy } from "@/store";
import type { Column, ColumnName } from "../state/prefs";

interface Kind {
  /** Where it is new, in px. */
  readonly width: number;
  readonly least: number;
  /** What a press on its head sorts by; null: by nothing. */
  readonly sortedBy: SortedBy | null;
  /** Whether the first press puts the largest on top. */
  readonly isLargestFirst?: boolean;
}

export const KINDS: Readonly<Record<ColumnName, Kind>> = {
  flag: { width: 32, least: 28, sortedBy: "flag", isLargestFirst: true },
  attachment: { width: 32, least: 28, sortedBy: null },
  from: { width: 180, least: 72, sortedBy: "from" },
  to: { width: 180, least: 72, sortedBy: "to" },
  subject: { width: 320, least: 120, sortedBy: "subject" },
  categories: { width: 140, least: 48, sortedBy: null },
  size: { width: 80, least: 56, sortedBy: "size", isLargestFirst: true },
  date: { width: 120, least: 72, sortedBy: "date", isLargestFirst: true },
};

export const WIDEST = 1_200;
/** What stands before all columns: the mark of what is unread, and the box. */
export const LEAD_PX = 44;

const NAMES = Object.keys(KINDS) as ColumnName[];

/** Those that could be shown besides. */
export function hidden(columns: readonly Column[]): readonly ColumnName[] {
  return NAMES.filter((name) => !columns.some((each) => each.name === name));
}

/** Show a column, in front of the date if that is the last one; or hide it: not the subject, which tells messages apart. */
export function toggled(columns: readonly Column[], name: ColumnName): readonly Column[] {
  if (columns.some((each) => each.name === name)) return name === "subject" ? columns : columns.filter((each) => each.name !== name);
  const column = { name, width: KINDS[name].width };
  const end = columns.at(-1)?.name === "date" ? columns.length - 1 : columns.length;
  return columns.toSpliced(end, 0, column);
}

/** Put a column where another one stands now. */
export function movedTo(columns: readonly Column[], name: ColumnName, place: number): readonly Column[] {
  const at = columns.findIndex((each) => each.name === name);
  const column = columns[at];
  if (!column || place < 0 || place >= columns.length || place === at) return columns;
  return columns.toSpliced(at, 1).toSpliced(place, 0, column);
}

export function movedBy(columns: readonly Column[], name: ColumnName, by: 1 | -1): readonly Column[] {
  return movedTo(columns, name, columns.findIndex((each) => each.name === name) + by);
}

export function resized(columns: readonly Column[], name: ColumnName, width: number): readonly Column[] {
  const wanted = Math.round(Math.max(KINDS[name].least, Math.min(WIDEST, width)));
  return columns.map((each) => (each.name === name ? { name, width: wanted } : each));
}

/** So wide the table is at least; the subject takes what room there is beyond. */
export function tableWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width, LEAD_PX);
}
