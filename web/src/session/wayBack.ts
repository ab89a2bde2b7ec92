/** The way back of something done outside the mail lists: a signature, a group, a receipt. */
import { Value } from "@/lib/value";
import { showToast } from "@/ui";

export interface FailedWayBack {
  readonly error: unknown;
  readonly again: () => void;
}

/** The way back that failed, until it is understood or tried again; shown above whatever page is open. */
export const failedWayBack = new Value<FailedWayBack | null>(null);

/** Say what was done and offer to undo it. `undo` may be run again when it has failed. */
export function offerWayBack(text: string, undo: () => Promise<unknown>): void {
  const run = (): void => {
    failedWayBack.set(null);
    undo().catch((error: unknown) => { failedWayBack.set({ error, again: run }); });
  };
  showToast(text, run);
}
