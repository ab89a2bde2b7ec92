/**
 * Records of one type: what the server told, and over it what the user has
 * done and the server has not answered yet.
 *
 *     truth ──overlay 1──overlay 2──> shown
 *
 * An answer of the server replaces the truth below; the overlays stay on top
 * until each is kept (the server agreed) or undone (it refused).
 */
import { Listeners } from "./signal";
import type { Listener } from "./signal";

interface Identified {
  readonly id: string;
}

type Apply<T> = (record: T) => T;

/** One change of the user, over one or many records. Without ids it means all of them. */
export interface Overlay {
  /** The server agreed: the change becomes part of the truth. */
  keep(ids?: Iterable<string>): void;
  /** The server refused, or has told the new truth itself: the change goes. */
  undo(ids?: Iterable<string>): void;
}

export class Records<T extends Identified> {
  readonly #truth = new Map<string, T>();
  readonly #shown = new Map<string, T>();
  readonly #overlays = new Map<string, Apply<T>[]>();
  readonly #byId = new Map<string, Listeners>();
  readonly #any = new Listeners();
  #all: readonly T[] | null = null;

  get(id: string): T | undefined {
    return this.#shown.get(id);
  }

  get size(): number {
    return this.#shown.size;
  }

  ids(): Iterable<string> {
    return this.#shown.keys();
  }

  /** All records as shown; the same array until one changes. */
  all = (): readonly T[] => (this.#all ??= [...this.#shown.values()]);

  subscribe(id: string, listener: Listener): () => void {
    const listeners = this.#byId.get(id) ?? new Listeners();
    this.#byId.set(id, listeners);
    const end = listeners.add(listener);
    return () => {
      end();
      if (listeners.size === 0 && this.#byId.get(id) === listeners) this.#byId.delete(id);
    };
  }

  subscribeAll = (listener: Listener): (() => void) => this.#any.add(listener);

  /** Take what the server told as the truth. */
  put(records: readonly T[]): void {
    for (const record of records) this.#truth.set(record.id, record);
    this.#refresh(records.map((record) => record.id));
  }

  remove(ids: Iterable<string>): void {
    const gone = [...ids];
    for (const id of gone) this.#truth.delete(id);
    this.#refresh(gone);
  }

  /** Show `apply` over the named records at once; unknown ids take part when they arrive. */
  overlay(ids: readonly string[], apply: (record: T) => T): Overlay {
    const mine = new Map<string, Apply<T>>(ids.map((id) => [id, (record) => apply(record)]));
    for (const [id, change] of mine) this.#overlays.set(id, [...(this.#overlays.get(id) ?? []), change]);
    this.#refresh(ids);
    return {
      keep: (some = [...mine.keys()]) => { this.#settle(mine, some, true); },
      undo: (some = [...mine.keys()]) => { this.#settle(mine, some, false); },
    };
  }

  #settle(mine: Map<string, Apply<T>>, ids: Iterable<string>, isKept: boolean): void {
    const settled: string[] = [];
    for (const id of ids) {
      const change = mine.get(id);
      if (!change) continue;
      mine.delete(id);
      this.#lift(id, change);
      const truth = this.#truth.get(id);
      if (isKept && truth) this.#truth.set(id, change(truth));
      settled.push(id);
    }
    this.#refresh(settled);
  }

  #lift(id: string, change: Apply<T>): void {
    const left = (this.#overlays.get(id) ?? []).filter((each) => each !== change);
    if (left.length > 0) this.#overlays.set(id, left);
    else this.#overlays.delete(id);
  }

  #refresh(ids: readonly string[]): void {
    const changed = ids.filter((id) => this.#show(id));
    if (changed.length === 0) return;
    this.#all = null;
    for (const id of changed) this.#byId.get(id)?.tell();
    this.#any.tell();
  }

  /** Compute what is shown of one record; true when that changed. */
  #show(id: string): boolean {
    const before = this.#shown.get(id);
    const truth = this.#truth.get(id);
    if (!truth) return this.#shown.delete(id);
    const after = (this.#overlays.get(id) ?? []).reduce((record, apply) => apply(record), truth);
    if (before && isSame(before, after)) return false;
    this.#shown.set(id, after);
    return true;
  }
}

/** What was told again, or foreseen rightly, is nothing new: nobody need look at it. */
function isSame<T extends Identified>(one: T, other: T): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
