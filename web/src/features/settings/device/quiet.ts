/** Quiet hours as the page writes them. Pure, but for the device's time zone. */
import type { QuietSpan, QuietWeek } from "@/api";

export function deviceZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What most people mean by it: evenings and nights of the week, and the weekend up to Monday morning. */
export function usualWeek(): QuietWeek {
  return {
    is_on: true, time_zone: deviceZone(),
    spans: [{ days: [1, 2, 3, 4, 5], from: "18:00", to: "07:00" }, { days: [6, 7], from: "07:00", to: "07:00" }],
  };
}

/** It ends at the time at which it begins, a day later. */
export function isWholeDay({ from, to }: QuietSpan): boolean {
  return from === to || (from === "00:00" && to === "24:00");
}

export interface DayName {
  /** 1 (Monday) to 7. */
  readonly day: number;
  readonly short: string;
  readonly long: string;
}

const A_MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

export function dayNames(locale: string): readonly DayName[] {
  const [short, long] = (["short", "long"] as const).map((weekday) => new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" }));
  return [1, 2, 3, 4, 5, 6, 7].map((day) => {
    const date = new Date(A_MONDAY + (day - 1) * DAY_MS);
    return { day, short: short?.format(date) ?? "", long: long?.format(date) ?? "" };
  });
}

const STEP_MIN = 30;

/** The times that can be chosen, and this one, as the reader's language writes them. */
export function timesOfDay(locale: string, time: string): readonly { readonly value: string; readonly label: string }[] {
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  const steps = Array.from({ length: (24 * 60) / STEP_MIN }, (_, at) => new Date(at * STEP_MIN * 60_000).toISOString().slice(11, 16));
  return [...new Set([...steps, time])].toSorted().map((value) => ({ value, label: clock.format(new Date(`1970-01-01T${value}Z`)) }));
}
