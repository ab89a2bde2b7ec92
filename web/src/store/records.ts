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

/** One overlay: `settled` of its ids are kept or undone. Those are few or held, while `ids` may be a whole folder's. */
interface Layer<T> {
  readonly ids: ReadonlySet<string>;
  readonly settled: Set<string>;
  readonly apply: (record: T) => T;
}

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
  /** In the order they were laid. */
  readonly #layers = new Set<Layer<T>>();
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

  /**
   * Show `apply` over the named records at once; unknown ids take part when they arrive. However many
   * ids there are, only records that are here cost anything. `ids` must not change until all is settled.
   */
  overlay(ids: ReadonlySet<string>, apply: (record: T) => T): Overlay {
    const layer: Layer<T> = { ids, settled: new Set(), apply };
    this.#layers.add(layer);
    this.#refresh(this.#here(layer));
    return {
      keep: (some) => { this.#settle(layer, some, true); },
      undo: (some) => { this.#settle(layer, some, false); },
    };
  }

  /** Without ids, all that are left: none of the layer is shown any more, then or later. */
  #settle(layer: Layer<T>, ids: Iterable<string> | undefined, isKept: boolean): void {
    if (!this.#layers.has(layer)) return; // nothing of it is left
    const settled = ids === undefined ? this.#here(layer) : [...ids].filter((id) => isOn(layer, id));
    for (const id of settled) {
      layer.settled.add(id);
      const truth = this.#truth.get(id);
      if (isKept && truth) this.#truth.set(id, layer.apply(truth));
    }
    if (ids === undefined || layer.settled.size === layer.ids.size) this.#layers.delete(layer);
    this.#refresh(settled);
  }

  /** Of the ids of a layer that are not settled, those whose records are here. */
  #here(layer: Layer<T>): readonly string[] {
    const [few, many] = layer.ids.size < this.#truth.size ? [layer.ids, this.#truth] : [this.#truth, layer.ids];
    return [...few.keys()].filter((id) => many.has(id) && !layer.settled.has(id));
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
    const after = [...this.#layers].reduce((record, layer) => (isOn(layer, id) ? layer.apply(record) : record), truth);
    if (before && isSame(before, after)) return false;
    this.#shown.set(id, after);
    return true;
  }
}

function isOn({ ids, settled }: Pick<Layer<never>, "ids" | "settled">, id: string): boolean {
  return ids.has(id) && !settled.has(id);
}

/** What was told again, or foreseen rightly, is nothing new: nobody need look at it. */
function isSame<T extends Identified>(one: T, other: T): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
