import { Value } from "@/lib/value";

/** The message whose history is on screen, by its wide id; null: none is. */
export const openHistory = new Value<string | null>(null);

export function toggleHistory(wideId: string): void {
  openHistory.set(openHistory.get() === wideId ? null : wideId);
}
