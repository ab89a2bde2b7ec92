/** Which rows are ticked. Pure; ids stay ticked wherever their row moves. */

export interface Ticks {
  readonly ids: ReadonlySet<string>;
  /** Where a range begins: the row ticked last. */
  readonly anchor: string | null;
}

export const NO_TICKS: Ticks = { ids: new Set(), anchor: null };

export function toggled({ ids }: Ticks, id: string): Ticks {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

/** Add all of `range`; the anchor stays, so that the range can be drawn anew. */
export function extended({ ids, anchor }: Ticks, range: readonly string[]): Ticks {
  return { ids: new Set([...ids, ...range]), anchor: anchor ?? range[0] ?? null };
}

export function without({ ids, anchor }: Ticks, gone: Iterable<string>): Ticks {
  const next = new Set(ids);
  for (const id of gone) next.delete(id);
  return { ids: next, anchor: anchor !== null && next.has(anchor) ? anchor : null };
}

/** All that are not ticked now. */
export function inverted({ ids }: Ticks, all: readonly string[]): Ticks {
  return { ids: new Set(all.filter((id) => !ids.has(id))), anchor: null };
}

/** Ticks go with what they were put on: `rowOf` tells the row that stands for it now. */
export function followed(ticks: Ticks, rowOf: (id: string) => string): Ticks {
  const ids = [...ticks.ids];
  const now = ids.map(rowOf);
  if (now.every((id, at) => id === ids[at])) return ticks;
  return { ids: new Set(now), anchor: ticks.anchor === null ? null : rowOf(ticks.anchor) };
}

/**
 * The row to look at when `gone` leave the list: the next one below that stays,
 * else the nearest above, else none. Rows not loaded are passed over.
 */
export function neighbour(rows: readonly (string | null)[], current: string, gone: ReadonlySet<string>): string | null {
  const at = rows.indexOf(current);
  if (at < 0) return null;
  const stays = (id: string | null): id is string => id !== null && !gone.has(id);
  return rows.slice(at + 1).find(stays) ?? rows.slice(0, at).findLast(stays) ?? null;
}
