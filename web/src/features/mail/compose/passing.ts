/** Errors that end by themselves: the line, a server that is busy, or one that is being started anew. */
import { Busy, Offline, RequestRefused } from "@/jmap";

export function isPassing(error: unknown): boolean {
  return error instanceof Offline || error instanceof Busy || (error instanceof RequestRefused && error.status >= 500);
}

/** When to try again: as the server asks, else after `ms`. */
export function againMs(error: unknown, ms: number): number {
  return error instanceof Busy ? error.afterS * 1_000 : ms;
}
