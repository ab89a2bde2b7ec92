/** Moments in a message list: as short as they can be and still be clear. */
import { type DateStyle, dayNumber } from "@/lib/dates";
import { dateFormat, kept } from "@/lib/formatters";

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

/** "14:05" today, "morgen 08:00", "Mo 08:00" within six days, "12. März" this year, else "12. März 2027": a moment still to come. */
export function formatAhead(instant: string, now: Date, style: DateStyle): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  const days = dayNumber(date, style) - dayNumber(now, style);
  const clock = formatter("clock", style).format(date);
  if (days <= 0) return clock;
  if (days === 1) return `${dayWord(1, style.locale)} ${clock}`;
  if (days < 7) return `${formatter("weekday", style).format(date)} ${clock}`;
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

function formatter(shape: keyof typeof SHAPES, { locale, timeZone }: DateStyle): Intl.DateTimeFormat {
  return dateFormat(locale, { timeZone, ...SHAPES[shape] });
}

const dayWords = new Map<string, string>();

/** "yesterday", "tomorrow". */
function dayWord(days: -1 | 1, locale: string): string {
  return kept(dayWords, `${locale} ${String(days)}`, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day"));
}

function yesterday(locale: string): string {
  const text = dayWord(-1, locale);
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
