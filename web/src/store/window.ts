/**
 * What is known of one long list: ids by position, unknown positions as null.
 *
 *     base    what the server told last, with guesses where it has not looked again
 *     shown   base without what the user has just taken away (hidden), with what no
 *             longer fits the filter but is still being looked at (kept)
 *
 * Pure: asks for nothing, knows no time. Positions count from 0.
 */

export const PAGE = 50;
const MOST_PAGES = 6;

export type Slot = string | null;

/** Answers which of two ids stands first in the list; undefined when one is unknown. */
export type IsBefore = (a: string, b: string) => boolean | undefined;

export interface Range {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export class ListWindow {
  #base: Slot[] = [];
  #shown: readonly Slot[] = [];
  /** Where each shown row stands in the base; -1 for one that is only kept. */
  #places: readonly number[] = [];
  readonly #fresh = new Set<number>();
  readonly #hidden = new Map<string, number>();
  readonly #kept = new Set<string>();
  readonly #isBefore: IsBefore;

  constructor(isBefore: IsBefore = () => undefined) {
    this.#isBefore = isBefore;
  }

  /** Ids as the user sees them. The same array until something changed. */
  get shown(): readonly Slot[] {
    return this.#shown;
  }

  /** The first run of server positions that rows of `range` stand at and that are not known for certain. */
  missing(range: Range): Range | null {
    const at = this.#places.slice(Math.max(0, range.from), range.to).filter((place) => place >= 0);
    const pages = new Set(at.map((place) => Math.floor(place / PAGE)));
    const first = [...pages].find((page) => !this.#fresh.has(page));
    if (first === undefined) return null;
    let last = first;
    while (last - first < MOST_PAGES - 1 && pages.has(last + 1) && !this.#fresh.has(last + 1)) last += 1;
    return { from: first * PAGE, to: Math.min(this.#base.length, (last + 1) * PAGE) };
  }

  /** The server told `ids` from `position` on; everything known elsewhere still holds. */
  place(position: number, ids: readonly string[], total: number): void {
    if (total !== this.#base.length) this.#base = resized(this.#base, total);
    this.#write(position, ids);
    this.#recompute();
  }

  /**
   * The list changed and the server told `ids` from `position` on. What was
   * known elsewhere moves along as a guess and is asked for again when seen.
   */
  replace(position: number, ids: readonly string[], total: number): void {
    this.#base = shifted(this.#base, position, ids, total);
    this.#fresh.clear();
    this.#write(position, ids);
    this.#recompute();
  }

  /** Nothing is certain any more; what is known stays on screen as a guess. */
  doubt(): void {
    this.#fresh.clear();
  }

  /**
   * Take `ids` out of sight at once, loaded or not. The answer settles `some` of them, without it
   * all that are left: it forgets those that are gone and puts the others back.
   */
  hide(ids: readonly string[]): (gone: readonly string[], some?: readonly string[]) => void {
    const mine = new Set(ids);
    for (const id of mine) this.#hidden.set(id, (this.#hidden.get(id) ?? 0) + 1);
    this.#recompute();
    return (gone, some = [...mine]) => { this.#unhide(some.filter((id) => mine.delete(id)), gone); };
  }

  /** Let `ids` stay although the filter no longer fits them. */
  keep(ids: readonly string[]): void {
    const known = new Set(this.#shown);
    for (const id of ids) if (known.has(id)) this.#kept.add(id);
  }

  /** Show `ids` where they belong although the server has not told of them yet. The answer ends that. */
  reveal(ids: readonly string[]): () => void {
    const added = ids.filter((id) => !this.#kept.has(id));
    for (const id of added) this.#kept.add(id);
    this.#recompute();
    return () => { this.keepOnly((id) => !added.includes(id)); };
  }

  /** Let go of kept ids for which `mayStay` answers false. */
  keepOnly(mayStay: (id: string) => boolean): void {
    for (const id of [...this.#kept]) if (!mayStay(id)) this.#kept.delete(id);
    this.#recompute();
  }

  /** Forget ids that no longer exist. */
  forget(ids: Iterable<string>): void {
    this.#forget(new Set(ids), 0);
  }

  /** Of those gone, `unseen` stood somewhere among the rows not loaded. */
  #forget(gone: ReadonlySet<string>, unseen: number): void {
    for (const id of gone) this.#kept.delete(id);
    const length = this.#base.length;
    this.#base = withoutLastNulls(this.#base.filter((id) => id === null || !gone.has(id)), unseen);
    if (this.#base.length !== length) this.#fresh.clear();
    this.#recompute();
  }

  /** Forget ids far from `range`, so that a list scrolled from end to end stays small. */
  trim(range: Range): void {
    for (const page of [...this.#fresh]) {
      if ((page + 1) * PAGE <= range.from || page * PAGE >= range.to) this.#fresh.delete(page);
    }
    this.#base.fill(null, 0, Math.max(0, Math.floor(range.from / PAGE) * PAGE));
    this.#base.fill(null, Math.ceil(range.to / PAGE) * PAGE);
    this.#recompute();
  }

  #unhide(ids: readonly string[], gone: readonly string[]): void {
    for (const id of ids) {
      const count = (this.#hidden.get(id) ?? 1) - 1;
      if (count > 0) this.#hidden.set(id, count);
      else this.#hidden.delete(id);
    }
    const known = new Set(this.#base);
    this.#forget(new Set(gone), gone.filter((id) => !known.has(id)).length);
  }

  #write(position: number, ids: readonly string[]): void {
    const told = new Set(ids);
    for (let i = 0; i < this.#base.length; i += 1) {
      const id = this.#base[i];
      if (id && told.has(id)) this.#base[i] = null; // it moved: no row twice
    }
    ids.forEach((id, i) => { this.#base[position + i] = id; });
    const end = position + ids.length;
    for (const page of pagesOf({ from: position, to: end })) {
      const isWhole = page * PAGE >= position && Math.min(this.#base.length, (page + 1) * PAGE) <= end;
      if (isWhole) this.#fresh.add(page);
    }
  }

  #recompute(): void {
    const rows: Slot[] = [];
    const places: number[] = [];
    let seen = 0;
    for (let place = 0; place < this.#base.length; place += 1) {
      const id = this.#base[place] ?? null;
      if (id !== null && this.#hidden.has(id)) { seen += 1; continue; }
      rows.push(id);
      places.push(place);
    }
    dropLastNulls(rows, places, this.#hidden.size - seen);
    this.#insertKept(rows, places);
    this.#shown = rows;
    this.#places = places;
  }

  #insertKept(rows: Slot[], places: number[]): void {
    if (this.#kept.size === 0) return;
    const there = new Set(rows);
    for (const id of this.#kept) {
      if (this.#hidden.has(id) || there.has(id)) continue;
      const after = rows.findLastIndex((other) => other !== null && this.#isBefore(other, id) === true);
      rows.splice(after + 1, 0, id);
      places.splice(after + 1, 0, -1);
    }
  }
}

/** Hidden rows that are not loaded stand somewhere among the unknown ones: so many fewer are shown. */
function dropLastNulls(rows: Slot[], places: number[], count: number): void {
  let left = count;
  for (let at = rows.length - 1; at >= 0 && left > 0; at -= 1) {
    if (rows[at] !== null) continue;
    const end = at;
    while (at > 0 && left > end - at + 1 && rows[at - 1] === null) at -= 1;
    rows.splice(at, end - at + 1);
    places.splice(at, end - at + 1);
    left -= end - at + 1;
  }
}

function withoutLastNulls(list: Slot[], count: number): Slot[] {
  dropLastNulls(list, [], count);
  return list;
}

function pagesOf(range: Range): number[] {
  const pages: number[] = [];
  for (let page = Math.floor(range.from / PAGE); page * PAGE < range.to; page += 1) pages.push(page);
  return pages;
}

function resized(list: readonly Slot[], length: number): Slot[] {
  return Array.from({ length }, (_, i) => list[i] ?? null);
}

/** Move what was known along with the rows that the new part shares with it. */
function shifted(old: readonly Slot[], position: number, ids: readonly string[], total: number): Slot[] {
  const next = resized([], total);
  const indexNow = new Map(ids.map((id, i) => [id, position + i]));
  const shared = old.flatMap((id, i) => {
    const now = id === null ? undefined : indexNow.get(id);
    return now === undefined ? [] : [{ was: i, now }];
  });
  const first = shared[0];
  const last = shared.at(-1);
  if (!first || !last) return next;
  old.forEach((id, i) => {
    const at = i < first.was ? i + first.now - first.was : i > last.was ? i + last.now - last.was : -1;
    if (at >= 0 && at < total) next[at] = id;
  });
  return next;
}
