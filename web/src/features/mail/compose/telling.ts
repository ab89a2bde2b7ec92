/** What the toasts say of a letter that was sent or thrown away, and the way back. */
import { t } from "@lingui/core/macro";
import { closeToast, showLasting, showToast } from "@/ui";
import { offerUndo, undoWhileUnderWay } from "../state/undo";
import type { Composer } from "./composer";
import type { Desk } from "./desk";
import type { Submitted } from "./sending";

const LONGEST_HOLD_MS = 120_000;

/** It is held for some seconds: say so until it goes, with the way back. */
export function tellHeld(desk: Desk, composer: Composer, submitted: Submitted): void {
  const heldMs = Math.min(LONGEST_HOLD_MS, Math.max(1_000, Date.parse(submitted.sendAt) - Date.now()));
  const ends = Date.now() + heldMs;
  let toast: number | null = null;
  const say = (): void => {
    const left = Math.ceil((ends - Date.now()) / 1_000);
    if (left <= 0) { end(); return; }
    toast = showLasting(t`Sent in ${left} s`, { share: (ends - Date.now()) / heldMs, onStop: undo, isUndo: true }, toast ?? undefined);
  };
  const end = (): void => {
    clearInterval(timer);
    endUndo();
    if (toast !== null) closeToast(toast);
    toast = null;
  };
  const undo = (): void => {
    end();
    takeBack(desk, composer, submitted);
  };
  const timer = setInterval(say, 1_000);
  const endUndo = undoWhileUnderWay(undo);
  say();
  void desk.follow(composer, submitted, heldMs);
}

/** It waits for its time. */
export function tellLater(desk: Desk, composer: Composer, submitted: Submitted, when: string): void {
  offerUndo(t`It will be sent ${when}`, () => { takeBack(desk, composer, submitted); }, composer.draft ? [composer.draft] : []);
}

function takeBack(desk: Desk, composer: Composer, { id }: Submitted): void {
  desk.takeBack(composer, id).catch(() => { showToast(t`It was too late to take it back: the message was sent.`); });
}

export function tellDiscarded(back: () => void): void {
  offerUndo(t`Draft deleted`, back);
}
