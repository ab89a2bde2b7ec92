/** The one way back that is offered at a time: by the toast's button, z or Ctrl+Z, for eight seconds. */
import { closeToast, showToast } from "@/ui";

const OFFERED_MS = 8_000;

interface Offer {
  readonly undo: () => void;
  readonly toast: number;
  readonly cancelEnd: () => void;
}

let offer: Offer | null = null;

/** Run later; the answer cancels. */
export type After = (ms: number, run: () => void) => () => void;

const byClock: After = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => { clearTimeout(timer); };
};

/** Say what was done and offer the way back; an earlier offer ends. */
export function offerUndo(text: string, undo: () => void, after: After = byClock): void {
  dropUndo();
  offer = { undo, toast: showToast(text, undoLatest), cancelEnd: after(OFFERED_MS, dropUndo) };
}

/** Take back what was done last; nothing happens when that is not offered any more. */
export function undoLatest(): void {
  const latest = offer;
  dropUndo();
  latest?.undo();
}

/** The offer ends: its time is over, or the folder was left. */
export function dropUndo(): void {
  if (!offer) return;
  offer.cancelEnd();
  closeToast(offer.toast);
  offer = null;
}
