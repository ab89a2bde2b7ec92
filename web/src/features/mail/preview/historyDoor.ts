import { Value } from "@/lib/value";

/** The message whose history is on screen, by its wide id; null: none is. */
export const openHistory = new Value<string | null>(null);

let isAsked = false;

export function toggleHistory(wideId: string): void {
  const isOpening = openHistory.get() !== wideId;
  isAsked = isOpening;
  openHistory.set(isOpening ? wideId : null);
}

/** Whether somebody has just opened it; true once each time. */
export function takeAsked(): boolean {
  const was = isAsked;
  isAsked = false;
  return was;
}
