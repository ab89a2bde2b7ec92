/** A value that tells when it changed. */

export type Listener = () => void;

export interface Signal<T> {
  get(): T;
  /** Call `listener` after every change; the answer ends that. */
  subscribe(listener: Listener): () => void;
}

export class Listeners {
  readonly #all = new Set<Listener>();

  add(listener: Listener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(): void {
    for (const listener of [...this.#all]) listener();
  }

  get size(): number {
    return this.#all.size;
  }
}

export class Value<T> implements Signal<T> {
  readonly #listeners = new Listeners();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get = (): T => this.#value;

  set = (value: T): void => {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.#listeners.tell();
  };

  subscribe = (listener: Listener): (() => void) => this.#listeners.add(listener);
}
