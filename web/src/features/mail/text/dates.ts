/** Moments in a message list: as short as they can be and still be clear. */
import type { DateStyle } from "@/lib/dates";
import { formatClock } from "@/lib/dates";

const DAY_MS = 86_400_000;

/** "14:05" today, "Gestern", "Mo." this week, "12. März" this year, else "12.03.25". */
export function formatRow(instant: string, now: Date, style: DateStyle): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return "";
  const days = dayNumber(now, style) - dayNumber(date, style);
  if (days <= 0) return days === 0 ? formatClock(date, style) : format(date, style, { day: "2-digit", month: "2-digit", year: "2-digit" });
  if (days === 1) return capitalised(new Intl.RelativeTimeFormat(style.locale, { numeric: "auto" }).format(-1, "day"));
  if (days < 7) return format(date, style, { weekday: "short" });
  if (days < 330) return format(date, style, { day: "numeric", month: "short" });
  return format(date, style, { day: "2-digit", month: "2-digit", year: "2-digit" });
}

function format(date: Date, { locale, timeZone }: DateStyle, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { timeZone, ...parts }).format(date);
}

function dayNumber(date: Date, { timeZone }: DateStyle): number {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return Math.round(Date.parse(`${parts.format(date)}T00:00:00Z`) / DAY_MS);
}

function capitalised(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
