/** The server's time: this device's clock may be minutes off, and what the server holds goes by its own. */

/** A Date header tells whole seconds, so anything less apart is none. Source: RFC 9110 §6.6.1. */
const ROUGHLY_MS = 1_500;
let apartMs = 0;

/** What an answer that has just come says of the time, its Date header. */
export function noteServerTime(header: string | null, now: number = Date.now()): void {
  const told = Date.parse(header ?? "");
  if (Number.isNaN(told)) return;
  const ms = told + 500 - now;
  apartMs = Math.abs(ms) < ROUGHLY_MS ? 0 : ms;
}

/** Milliseconds since 1970 by the server's clock. */
export function serverNow(now: number = Date.now()): number {
  return now + apartMs;
}
