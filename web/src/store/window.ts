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

/** What a row is, whatever id stands for it: its thread in a threaded list. */
export type KeyOf = (id: string) => string;

/** The ids that take the place of others which leave: the next message of a thread. */
export type StandIns = ReadonlyMap<string, string>;

const NO_STAND_INS: StandIns = new Map();

/** Answers which of two ids stands first in the list; undefined when one is unknown. */
export type IsBefore = (a: string, b: string) => boolean | undefined;

export interface Range {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** What one deed took out of sight; `settled` of it is so no more. A whole folder may be. */
interface Hiding {
  readonly ids: ReadonlySet<string>;
  readonly settled: Set<string>;
}

export class ListWindow {
  #base: Slot[] = [];
  #shown: readonly Slot[] = [];
  /** Where each shown row stands in the base; -1 for one that is only kept. */
  #places: readonly number[] = [];
  readonly #fresh = new Set<number>();
  readonly #hidden = new Set<Hiding>();
  readonly #kept = new Set<string>();
  readonly #standIns = new Map<string, string>();
  readonly #isBefore: IsBefore;
  readonly #keyOf: KeyOf;

  constructor(isBefore: IsBefore = () => undefined, keyOf: KeyOf = (id) => id) {
    this.#isBefore = isBefore;
    this.#keyOf = keyOf;
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
    if (total !== this.#base.length) this.#resize(total);
    this.#write(position, ids);
    this.#recompute();
  }

  /** Where the end was, it is not known any more what stands. */
  #resize(total: number): void {
    const end = Math.min(total, this.#base.length);
    for (const page of [...this.#fresh]) if ((page + 1) * PAGE > end) this.#fresh.delete(page);
    this.#base = resized(this.#base, total);
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
   * Take `ids` out of sight at once, loaded or not; a stand-in takes a place until the server has told
   * the list anew. The answer settles `some` of them, without it all that are left: it forgets those that
   * are gone and puts the others back. `ids` must not change until all is settled.
   */
  hide(ids: ReadonlySet<string>, standIns = NO_STAND_INS): (gone: readonly string[], some?: readonly string[]) => void {
    const mine: Hiding = { ids, settled: new Set() };
    for (const [id, standIn] of standIns) this.#standIns.set(id, standIn);
    this.#hidden.add(mine);
    this.#recompute();
    return (gone, some) => { this.#unhide(mine, gone, some); };
  }

  #isHidden(id: string): boolean {
    for (const each of this.#hidden) if (isStill(each, id)) return true;
    return false;
  }

  /** How many hidden ones are not among those seen. */
  #countHidden(seen: ReadonlySet<string>): number {
    const [only, ...others] = this.#hidden;
    if (!only) return 0;
    if (others.length === 0) return only.ids.size - only.settled.size - [...seen].filter((id) => isStill(only, id)).length;
    const all = new Set([...this.#hidden].flatMap((each) => [...each.ids].filter((id) => isStill(each, id))));
    return [...all].filter((id) => !seen.has(id)).length;
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
  forget(ids: Iterable<string>, standIns = NO_STAND_INS): void {
    for (const [id, standIn] of standIns) this.#standIns.set(id, standIn);
    this.#forget(new Set(ids), 0);
    for (const id of standIns.keys()) this.#standIns.delete(id);
  }

  /** Of those gone, `unseen` stood somewhere among the rows not loaded. */
  #forget(gone: ReadonlySet<string>, unseen: number): void {
    for (const id of gone) this.#kept.delete(id);
    const length = this.#base.length;
    const left = this.#base.map((id) => (id !== null && gone.has(id) ? this.#standIn(id, gone) : id));
    this.#base = withoutLastNulls(left.filter((id) => id !== undefined), unseen);
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

  /** What stands for `id` once all of `away` have left; undefined: nothing. */
  #standIn(id: string, away: { has(id: string): boolean }): string | undefined {
    if (!away.has(id)) return id; // as nearly all are
    let now: string | undefined = id;
    for (const seen = new Set<string>(); now !== undefined && away.has(now); now = this.#standIns.get(now)) {
      if (seen.has(now)) return undefined;
      seen.add(now);
    }
    return now;
  }

  #unhide(mine: Hiding, gone: readonly string[], some: readonly string[] | undefined): void {
    for (const id of some ?? []) if (mine.ids.has(id)) mine.settled.add(id);
    if (some === undefined || mine.settled.size === mine.ids.size) this.#hidden.delete(mine);
    this.#forget(new Set(gone), this.#countUnseen(gone));
    for (const id of [...this.#standIns.keys()]) if (mine.ids.has(id) && !this.#isHidden(id)) this.#standIns.delete(id);
  }

  /** How many of `ids` stand among the rows that are not loaded. */
  #countUnseen(ids: Iterable<string>): number {
    const known = new Set<Slot>([...this.#base, ...this.#standIns.values()]);
    return [...ids].filter((id) => !known.has(id)).length;
  }

  #write(position: number, ids: readonly string[]): void {
    const told = new Set(ids.map(this.#keyOf));
    for (let i = 0; i < this.#base.length; i += 1) {
      const id = this.#base[i];
      if (id && told.has(this.#keyOf(id))) this.#base[i] = null; // it moved: no row twice
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
    const seen = new Set(this.#standIns.values());
    const hidden = { has: (id: string) => this.#isHidden(id) };
    for (let place = 0; place < this.#base.length; place += 1) {
      const id = this.#base[place] ?? null;
      const isHidden = id !== null && this.#isHidden(id);
      if (isHidden) seen.add(id);
      const shown = isHidden ? this.#standIn(id, hidden) : id;
      if (shown === undefined) continue;
      rows.push(shown);
      places.push(place);
    }
    dropLastNulls(rows, places, this.#countHidden(seen));
    this.#insertKept(rows, places);
    this.#shown = rows;
    this.#places = places;
  }

  #insertKept(rows: Slot[], places: number[]): void {
    if (this.#kept.size === 0) return;
    const there = new Set(rows.flatMap((id) => (id === null ? [] : [this.#keyOf(id)])));
    for (const id of this.#kept) {
      if (this.#isHidden(id) || there.has(this.#keyOf(id))) continue;
      there.add(this.#keyOf(id));
      const after = rows.findLastIndex((other) => other !== null && this.#isBefore(other, id) === true);
      rows.splice(after + 1, 0, id);
      places.splice(after + 1, 0, -1);
    }
  }
}

function isStill({ ids, settled }: Hiding, id: string): boolean {
  return ids.has(id) && !settled.has(id);
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
