/** What the toasts say of a letter that was sent or thrown away, and the way back. */
import { t } from "@lingui/core/macro";
import { serverNow } from "@/lib/serverClock";
import { closeToast, showLasting, showToast } from "@/ui";
import { offerUndo, undoWhileUnderWay } from "../state/undo";
import type { Composer } from "./composer";
import type { Desk } from "./desk";
import type { SendingStopped, Submitted } from "./sending";

const LONGEST_HOLD_MS = 120_000;

/** It is held for some seconds: say so until it goes, with the way back. */
export function tellHeld(desk: Desk, composer: Composer, submitted: Submitted): void {
  const heldMs = Math.min(LONGEST_HOLD_MS, Math.max(1_000, Date.parse(submitted.sendAt) - serverNow()));
  const ends = Date.now() + heldMs;
  const { account: { waiting }, draft } = composer;
  let toast: number | null = null;
  let wasWaiting = false;
  const say = (): void => {
    const left = Math.ceil((ends - Date.now()) / 1_000);
    const isWaiting = waiting.of(draft ?? "")?.id === submitted.id;
    if (left <= 0 || (wasWaiting && !isWaiting)) { end(); return; } // it has gone, or was taken back elsewhere
    wasWaiting = isWaiting;
    toast = showLasting(t`Sending in ${left} s`, { share: (ends - Date.now()) / heldMs, onStop: undo, isUndo: true }, toast ?? undefined);
  };
  const end = (): void => {
    clearInterval(timer);
    endLook();
    endUndo();
    if (toast !== null) closeToast(toast);
    toast = null;
  };
  const undo = (): void => {
    end();
    takeBack(desk, composer, submitted);
  };
  const timer = setInterval(say, 1_000);
  const endLook = waiting.subscribe(draft ?? "", say);
  const endUndo = undoWhileUnderWay(undo);
  say();
  void desk.follow(composer, submitted, heldMs);
}

/** It waits for its time. */
export function tellLater(desk: Desk, composer: Composer, submitted: Submitted, when: string): void {
  offerUndo(t`It will be sent ${when}`, () => { takeBack(desk, composer, submitted); }, composer.draft ? [composer.draft] : []);
}

const SAID_AFTER_MS = 400;

/** Say what is under way, if it takes longer than a moment. The answer ends that. */
function sayWhileSlow(text: string): () => void {
  let toast: number | null = null;
  const slow = setTimeout(() => { toast = showLasting(text, { share: null }); }, SAID_AFTER_MS);
  return () => {
    clearTimeout(slow);
    if (toast !== null) closeToast(toast);
  };
}

/** Nobody says that it was sent who only got no answer. */
function takeBack(desk: Desk, composer: Composer, { id }: Submitted): void {
  const end = sayWhileSlow(t`Being taken back …`);
  desk.takeBack(composer, id).then(
    (isBack) => { end(); if (!isBack) showToast(t`It was too late to take it back: the message was sent.`); },
    () => { end(); showToast(t`It could not be taken back. Please look under “Drafts” and “Sent” what became of the message.`); },
  );
}

/** What came of a press on "Stop". */
export function tellStopped(desk: Desk, composer: Composer, { isSent }: SendingStopped): void {
  const isOpen = desk.composers.get().includes(composer);
  if (isSent && !isOpen) showToast(t`It was too late to stop: the message was sent.`);
  else composer.trouble.set(isSent ? { kind: "sentAnyway" } : null);
}

/** Throw it away, and say what came of it. */
export function discard(desk: Desk, composer: Composer): void {
  const end = sayWhileSlow(t`The draft is being deleted …`);
  desk.discard(composer).then(
    (back) => { end(); offerUndo(t`Draft deleted`, back); },
    () => { end(); composer.account.problem.set(new Error(t`The draft could not be deleted.`)); },
  );
}
