import { useCallback, useState } from "react";

export interface Deed {
  readonly isBusy: boolean;
  readonly error: unknown;
  /** Run one action; false when it failed (the error is kept for the page) or another is under way. */
  readonly run: (action: () => Promise<unknown>) => Promise<boolean>;
  readonly clear: () => void;
}

/** One button's worth of work with the server: busy while it runs, its error kept until the next try. */
export function useDeed(): Deed {
  const [state, setState] = useState<{ isBusy: boolean; error: unknown }>({ isBusy: false, error: null });
  const run = useCallback(async (action: () => Promise<unknown>) => {
    setState({ isBusy: true, error: null });
    try {
      await action();
      setState({ isBusy: false, error: null });
      return true;
    } catch (error) {
      setState({ isBusy: false, error });
      return false;
    }
  }, []);
  const clear = useCallback(() => setState({ isBusy: false, error: null }), []);
  return { ...state, run, clear };
}
