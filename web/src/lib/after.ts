/** Run `run` in `ms` milliseconds; the answer cancels. */
export type After = (ms: number, run: () => void) => () => void;
