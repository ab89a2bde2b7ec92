/** One toast: what was done, and how to take it back; or what is under way, and how to stop it. Errors never come as toasts. */
export interface ToastItem {
  readonly id: number;
  readonly text: string;
  readonly onUndo?: (() => void) | undefined;
  /** It is shown no more: its time is over, it was closed, or newer ones took its place. */
  readonly onGone?: (() => void) | undefined;
  /** It stays until it is changed or closed. */
  readonly lasting?: LastingToast | undefined;
}

export interface LastingToast {
  /** From 0 to 1; null while nothing moves. */
  readonly share: number | null;
  /** None: it can't be stopped. */
  readonly onStop?: () => void;
  /** Stopping takes it back: the button says so. */
  readonly isUndo?: boolean;
}

type Listener = () => void;

let items: readonly ToastItem[] = [];
let nextId = 1;
const listeners = new Set<Listener>();

function set(next: readonly ToastItem[]): void {
  const gone = items.filter(({ id }) => !next.some((each) => each.id === id));
  items = next;
  for (const listener of listeners) listener();
  for (const { onGone } of gone) onGone?.();
}

/**
 * Say what was just done, with an undo button when `onUndo` is given.
 * At most three stay on screen; the oldest gives way. Answers the toast's id, for `closeToast`.
 */
export function showToast(text: string, onUndo?: () => void, onGone?: () => void): number {
  const id = nextId++;
  const stay = [...items.filter((item) => item.lasting), ...items.filter((item) => !item.lasting).slice(-2)];
  set([...stay, { id, text, onUndo, onGone }]);
  return id;
}

/** Say what is under way until it has ended; again with `id` to say how far it is. */
export function showLasting(text: string, lasting: LastingToast, id = nextId++): number {
  const item = { id, text, lasting };
  set(items.some((each) => each.id === id) ? items.map((each) => (each.id === id ? item : each)) : [...items, item]);
  return id;
}

export function closeToast(id: number): void {
  set(items.filter((item) => item.id !== id));
}

export const toastStore = {
  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  items: (): readonly ToastItem[] => items,
  /** There has been one. */
  hasCome: (): boolean => nextId > 1,
};
