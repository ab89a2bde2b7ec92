/** One toast: what was done, and how to take it back. Errors never come as toasts. */
export interface ToastItem {
  readonly id: number;
  readonly text: string;
  readonly onUndo?: (() => void) | undefined;
}

type Listener = () => void;

let items: readonly ToastItem[] = [];
let nextId = 1;
const listeners = new Set<Listener>();

function set(next: readonly ToastItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

/**
 * Say what was just done, with an undo button when `onUndo` is given.
 * At most three stay on screen; the oldest gives way. Answers the toast's id, for `closeToast`.
 */
export function showToast(text: string, onUndo?: () => void): number {
  const id = nextId++;
  set([...items.slice(-2), { id, text, onUndo }]);
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
};
