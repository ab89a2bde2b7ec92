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

  /** Server positions that `range` of shown rows may stand at and that are not known for certain. */
  missing(range: Range): Range | null {
    const from = Math.max(0, range.from - this.#kept.size);
    const to = Math.min(this.#base.length, range.to + this.#hidden.size);
    const pages = pagesOf({ from, to }).filter((page) => !this.#fresh.has(page));
    const first = pages[0];
    const last = pages.at(-1);
    if (first === undefined || last === undefined) return null;
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

  /** Take `ids` out of sight at once. The answer forgets those that are gone and puts the others back. */
  hide(ids: readonly string[]): (gone: readonly string[]) => void {
    for (const id of ids) this.#hidden.set(id, (this.#hidden.get(id) ?? 0) + 1);
    this.#recompute();
    return (gone) => { this.#unhide(ids, gone); };
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
    const gone = new Set(ids);
    for (const id of gone) this.#kept.delete(id);
    if (!this.#base.some((id) => id !== null && gone.has(id))) { this.#recompute(); return; }
    this.#base = this.#base.filter((id) => id === null || !gone.has(id));
    this.#fresh.clear();
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
    this.forget(gone);
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
    const visible = this.#hidden.size > 0
      ? this.#base.filter((id) => id === null || !this.#hidden.has(id))
      : [...this.#base];
    for (const id of this.#kept) this.#insertKept(visible, id);
    this.#shown = visible;
  }

  #insertKept(list: Slot[], id: string): void {
    if (this.#hidden.has(id) || list.includes(id)) return;
    let after = -1;
    list.forEach((other, i) => {
      if (other !== null && this.#isBefore(other, id) === true) after = i;
    });
    list.splice(after + 1, 0, id);
  }
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
