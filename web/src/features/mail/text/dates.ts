/** Moments in a message list: as short as they can be and still be clear. */
import type { DateStyle } from "@/lib/dates";

const DAY_MS = 86_400_000;

const SHAPES = {
  clock: { hour: "2-digit", minute: "2-digit" },
  weekday: { weekday: "short" },
  year: { year: "numeric" },
  thisYear: { day: "numeric", month: "short" },
  older: { day: "numeric", month: "short", year: "numeric" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** "14:05" today, "Gestern 21:30", "Mo 14:05" within six days, "12. März" this year, else "12. März 2025". */
export function formatRow(instant: string, now: Date, style: DateStyle): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  const days = dayNumber(now, style) - dayNumber(date, style);
  if (days < 0) return formatter("older", style).format(date);
  if (days === 0) return formatter("clock", style).format(date);
  if (days === 1) return `${yesterday(style.locale)} ${formatter("clock", style).format(date)}`;
  if (days < 7) return `${formatter("weekday", style).format(date)} ${formatter("clock", style).format(date)}`;
  return formatter(yearOf(now, style) === yearOf(date, style) ? "thisYear" : "older", style).format(date);
}

function yearOf(date: Date, style: DateStyle): string {
  return formatter("year", style).format(date);
}

/** "20 Sek.", from two minutes on "3 Min.". */
export function pauseWords(seconds: number, locale: string): string {
  const isLong = seconds >= 120;
  return new Intl.NumberFormat(locale, { style: "unit", unit: isLong ? "minute" : "second", unitDisplay: "short" })
    .format(isLong ? Math.ceil(seconds / 60) : seconds);
}

/** The calendar day in the reader's zone as a number, so that days can be subtracted. */
function dayNumber(date: Date, { timeZone }: DateStyle): number {
  const iso = { locale: "en-CA", timeZone };
  return Math.round(Date.parse(`${formatter("isoDay", iso).format(date)}T00:00:00Z`) / DAY_MS);
}

/** Making a formatter costs a hundred times its use, and a list has many rows: keep the few there are. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const ISO_DAY = { year: "numeric", month: "2-digit", day: "2-digit" } as const;

function formatter(shape: keyof typeof SHAPES | "isoDay", { locale, timeZone }: DateStyle): Intl.DateTimeFormat {
  const key = `${shape} ${locale} ${timeZone ?? ""}`;
  const known = formatters.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale, { timeZone, ...(shape === "isoDay" ? ISO_DAY : SHAPES[shape]) });
  formatters.set(key, made);
  return made;
}

const yesterdays = new Map<string, string>();

function yesterday(locale: string): string {
  const known = yesterdays.get(locale);
  if (known !== undefined) return known;
  const text = new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-1, "day");
  const made = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  yesterdays.set(locale, made);
  return made;
}
