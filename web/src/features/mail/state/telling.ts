/**
 * What the toasts say of a deed, so that they never say more than is known.
 *
 *     short  ──"moved – Undo"────────────────────────────> stays while its toast is shown
 *     long   ──"250 of 900 moved – Stop" ──> ended ──────> "900 moved – Undo"
 *     either ──no answer──> "finding out – Stop" ──> ended ──> what was really done – Undo
 *     refused: the toast goes; what was done nevertheless is offered back
 */
import { closeToast, showLasting } from "@/ui";
import type { Deed, Progress } from "@/store";
import { PORTION } from "@/store";
import { offerUndo, undoWhileUnderWay } from "./undo";

export interface Telling {
  /** "3 messages moved to “Archive”". */
  readonly said: (count: number) => string;
  /** "250 of 900 moved to “Archive”". */
  readonly soFar: (done: number, total: number) => string;
  /** No answer: what was done is being found out. */
  readonly waiting: () => string;
  /** Not worth a word while it goes at once and by itself. */
  readonly isQuiet: boolean;
  /** Null where there is no way back. */
  readonly undo: (() => void) | null;
}

export function tell(deed: Deed, ids: readonly string[], telling: Telling): void {
  const isLong = (): boolean => deed.progress.get().total > PORTION;
  const lasting = lastingToast(deed, telling);
  let withdraw: () => void = () => undefined;
  const offer = (count: number, about: readonly string[]): void => {
    lasting.close();
    if (count === 0) return;
    if (telling.undo) withdraw = offerUndo(telling.said(count), telling.undo, about);
  };
  const follow = (progress: Progress): void => {
    if (progress.phase === "ended") return;
    if (isLong() || progress.phase === "waiting") {
      withdraw();
      lasting.say(progress);
    } else if (lasting.isShown()) {
      lasting.close();
      if (!telling.isQuiet) offer(progress.total, ids);
    }
  };
  if (isLong()) follow(deed.progress.get());
  else if (!telling.isQuiet) offer(deed.progress.get().total, ids);
  const stop = deed.progress.subscribe(() => { follow(deed.progress.get()); });
  const end = (): void => {
    stop();
    const { changed, refused, left, unsure } = deed.outcome();
    const isWhole = refused.size + left.length + unsure.length === 0;
    const wasTold = isLong() || lasting.isShown();
    lasting.close();
    if (isWhole && !wasTold) return;
    withdraw();
    if (!telling.isQuiet || isLong()) offer(changed.length, changed);
  };
  deed.done.then(end, end);
}

/** The toast of a deed under way. While it stands, leaving the page is asked about: the deed would end there. */
function lastingToast(deed: Deed, telling: Telling) {
  let toast: number | null = null;
  let endUndo: () => void = () => undefined;
  return {
    isShown: () => toast !== null,
    say: ({ phase, done, total }: Progress): void => {
      const isWaiting = phase === "waiting";
      const text = isWaiting ? telling.waiting() : telling.soFar(done, total);
      if (toast === null) {
        window.addEventListener("beforeunload", askFirst);
        if (telling.undo) endUndo = undoWhileUnderWay(telling.undo);
      }
      toast = showLasting(text, { share: isWaiting ? null : done / total, onStop: () => { deed.stop(); } }, toast ?? undefined);
    },
    close: (): void => {
      if (toast === null) return;
      closeToast(toast);
      endUndo();
      window.removeEventListener("beforeunload", askFirst);
      toast = null;
    },
  };
}

function askFirst(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
