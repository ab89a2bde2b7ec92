/** Moments that people choose for sending later. Pure. */

export type Preset = "afternoon" | "tomorrow" | "monday";

/** The presets that lie ahead of `now`, in the reader's own time: 14:00 today, 8:00 tomorrow, 8:00 on Monday. */
export function presets(now: Date): readonly { readonly preset: Preset; readonly at: Date }[] {
  const at = (days: number, hour: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    ...(now.getHours() < 13 ? [{ preset: "afternoon" as const, at: at(0, 14) }] : []),
    { preset: "tomorrow", at: at(1, 8) },
    ...(toMonday > 1 ? [{ preset: "monday" as const, at: at(toMonday, 8) }] : []),
  ];
}

/** For an `<input type=datetime-local>`: the reader's own clock, to the minute. */
export function localText(at: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${String(at.getFullYear())}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export const MOST_DAYS = 365;

/** The chosen moment; null when it is none, or not within the coming year. */
export function chosenMoment(text: string, now: Date): Date | null {
  const at = new Date(text);
  const ms = at.getTime() - now.getTime();
  return Number.isNaN(ms) || ms <= 0 || ms > MOST_DAYS * 86_400_000 ? null : at;
}
