/** Whether somebody is at this window. Pure. */
import type { Attention } from "@/store";

const READS_FOR_MS = 3 * 60_000;
/** Browsers let a hidden window's timers run once a minute after five minutes: by then nothing more is said. */
const ANSWERS_FOR_MS = 5 * 60_000;

/** A message is read while its window is on screen and somebody was active lately; an answer waits a little longer, also behind others. */
export function attentionOf({ isVisible, idleMs }: { readonly isVisible: boolean; readonly idleMs: number }): Attention {
  return { reads: isVisible && idleMs < READS_FOR_MS, answers: idleMs < ANSWERS_FOR_MS };
}
