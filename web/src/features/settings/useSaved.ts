import { useCallback, useEffect, useState } from "react";
import { useDeed } from "@/session";

export interface Saved {
  readonly status: "idle" | "saving" | "saved";
  readonly error: unknown;
  /** Bring back what was there before; null when there is nothing to bring back. */
  readonly undo: (() => void) | null;
  /** Whether somebody points at the way back, or is about to press it: it stays so long. */
  readonly hold: (isHeld: boolean) => void;
  /** Run a change; `back` undoes it. */
  readonly save: (change: () => Promise<unknown>, back?: () => Promise<unknown>) => Promise<boolean>;
}

const shownMs = 8000;

/** Options are saved at once: this keeps the tick, the way back, and the error of the last change. */
export function useSaved(): Saved {
  const deed = useDeed();
  const [done, setDone] = useState<{ readonly back: (() => Promise<unknown>) | undefined } | null>(null);
  const [isHeld, hold] = useState(false);
  const { run } = deed;

  useEffect(() => {
    if (!done || isHeld) return;
    const timer = setTimeout(() => setDone(null), shownMs);
    return () => clearTimeout(timer);
  }, [done, isHeld]);

  const save = useCallback<Saved["save"]>(
    async (change, back) => {
      setDone(null);
      hold(false); // what is pressed vanishes, and tells of no pointer or focus that leaves
      const isDone = await run(change);
      if (isDone) setDone({ back });
      return isDone;
    },
    [run],
  );

  const back = done?.back;
  return {
    status: deed.isBusy ? "saving" : done ? "saved" : "idle",
    error: deed.error,
    undo: back ? () => void save(back) : null,
    hold,
    save,
  };
}
