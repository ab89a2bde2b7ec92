/** Where a menu about rows is asked for, and opened. */
import type { EmailId } from "@/jmap";
import { Value } from "@/lib/value";
import type { ListView } from "../state/mail";

export interface RowMenuPlace {
  readonly rows: readonly EmailId[];
  readonly x: number;
  readonly y: number;
}

export const rowMenuPlace = new Value<RowMenuPlace | null>(null);

/** Open it for a row, or for all that are ticked if it is one of them. */
export function openRowMenu({ ticks }: Pick<ListView, "ticks">, row: EmailId, at: { readonly x: number; readonly y: number }): void {
  rowMenuPlace.set({ rows: ticks.ids.has(row) ? ([...ticks.ids] as EmailId[]) : [row], ...at });
}

const INTO_PX = 24;

/** By key: for what is ticked, else for the row that keys go on from; it opens at the row, where that is on screen. */
export function openRowMenuByKey(view: ListView): void {
  const { cursor, list, ticks } = view;
  const ticked = [...ticks.ids][0] as EmailId | undefined;
  const row = list && cursor !== null ? list.rowOf(cursor) : cursor;
  const target = ticked ?? row;
  if (!target) return;
  const box = document.getElementById(`row-${String(list?.indexOf(row ?? target) ?? -1)}`)?.getBoundingClientRect();
  const home = document.querySelector("[data-focus-home]")?.getBoundingClientRect();
  openRowMenu(view, target, { x: (box ?? home)?.left ?? 0, y: box ? box.bottom : (home?.top ?? 0) + INTO_PX });
}
