/** Messages that are not loaded: in a folder of a hundred thousand it takes seconds to know which they are. */
import { t } from "@lingui/core/macro";
import { closeToast, showLasting } from "@/ui";
import type { ListView } from "./mail";

/** What comes sooner needs no word. */
const PATIENCE_MS = 400;

/** The answer; should it take long, that is said. Null where somebody gave it up meanwhile. */
export async function saidWhileAsked<T>(asked: Promise<T>): Promise<T | null> {
  let isWanted = true;
  let toast: number | null = null;
  const timer = setTimeout(() => { toast = showLasting(t`Selecting …`, { share: null, onStop: end }); }, PATIENCE_MS);
  function end(): void {
    isWanted = false;
    clearTimeout(timer);
    if (toast !== null) closeToast(toast);
  }
  try {
    const answer = await asked;
    return isWanted ? answer : null;
  } finally {
    end();
  }
}

/** Tick the rows that are being asked for. Until they are known that is said, and can be given up. */
export function tickThese({ setTicks, setProblem }: Pick<ListView, "setTicks" | "setProblem">, ids: Promise<readonly string[]> | undefined): void {
  if (!ids) return;
  saidWhileAsked(ids).then((found) => {
    if (found) setTicks((old) => ({ ids: new Set(found), anchor: old.anchor }));
  }, setProblem);
}
