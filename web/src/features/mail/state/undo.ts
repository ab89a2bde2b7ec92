/** The one way back that is offered at a time: by the toast's button, z or Ctrl+Z, for as long as the toast is shown. */
import { closeToast, showToast } from "@/ui";

interface Offer {
  readonly undo: () => void;
  readonly about: ReadonlySet<string>;
  readonly toast: number;
  /** Which deed it was, in their order. */
  readonly turn: number;
}

let offer: Offer | null = null;
/** Deeds under way that have no offer yet: the way back stops them. */
const underWay: { readonly undo: () => void; readonly turn: number }[] = [];
let turns = 0;

/**
 * Say what was done to the messages `about` and offer the way back; an earlier offer ends.
 * The answer withdraws this one.
 */
export function offerUndo(text: string, undo: () => void, about: readonly string[] = []): () => void {
  dropUndo();
  const toast = showToast(
    text,
    () => { if (offer === mine) takeOffer(mine); },
    () => { if (offer === mine) offer = null; },
  );
  const mine: Offer = { undo, about: new Set(about), toast, turn: ++turns };
  offer = mine;
  return () => { if (offer === mine) dropUndo(); };
}

/** Take back what was done, or begun, last; nothing happens when that is not offered any more. */
export function undoLatest(): void {
  const latest = underWay.at(-1);
  if (offer && offer.turn > (latest?.turn ?? 0)) takeOffer(offer);
  else latest?.undo();
}

function takeOffer({ undo }: Offer): void {
  dropUndo();
  undo();
}

/** The offer ends: the folder was left. */
export function dropUndo(): void {
  if (offer) closeToast(offer.toast);
}

export function isUndoOffered(): boolean {
  return offer !== null;
}

/** What was done to this message was taken back elsewhere: a toast may not go on saying it was done. */
export function withdrawUndo(id: string): void {
  if (offer?.about.has(id)) dropUndo();
}

/** A long deed can be taken back while it is under way. The answer ends that. */
export function undoWhileUnderWay(undo: () => void): () => void {
  const mine = { undo, turn: ++turns };
  underWay.push(mine);
  return () => {
    const at = underWay.indexOf(mine);
    if (at >= 0) underWay.splice(at, 1);
  };
}
