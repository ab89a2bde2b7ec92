import { dateFormat, kept } from "./formatters";

/** Instants are `Date` or RFC 3339 text in UTC; what is shown is the reader's own time zone. */
export type Instant = Date | string;

export interface DateStyle {
  /** BCP 47 tag for Intl, e.g. "de-DE". */
  readonly locale: string;
  /** IANA name; the browser's zone when left out. */
  readonly timeZone?: string | undefined;
}

const minute = 60;
const hour = 60 * minute;

const toDate = (instant: Instant): Date => (typeof instant === "string" ? new Date(instant) : instant);

/** The calendar day in the reader's zone as a number of days, so that days can be subtracted. */
export function dayNumber(date: Date, { timeZone }: DateStyle): number {
  const parts = dateFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return Math.round(Date.parse(`${parts.format(date)}T00:00:00Z`) / 86_400_000);
}

function clock(date: Date, { locale, timeZone }: DateStyle): string {
  return dateFormat(locale, { timeZone, hour: "2-digit", minute: "2-digit" }).format(date);
}

const spans = new Map<string, Intl.RelativeTimeFormat>();

function relative(value: number, unit: "second" | "minute" | "day", { locale }: DateStyle): string {
  const format = kept(spans, locale, () => new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }));
  return format.format(value, unit);
}

/**
 * How long ago, as people say it: "vor 12 Sek.", "vor 3 Min.", "heute 09:10",
 * "gestern 14:05", "12. März, 14:05", "12.03.2024". A moment ahead of `now` by
 * clock skew counts as now. Unreadable text gives an empty string.
 */
export function formatAgo(instant: Instant, now: Instant, style: DateStyle): string {
  const date = toDate(instant);
  const today = toDate(now);
  if (Number.isNaN(date.getTime())) return "";
  const seconds = Math.max(0, Math.round((today.getTime() - date.getTime()) / 1000));
  if (seconds < minute) return relative(-seconds, "second", style);
  if (seconds < hour) return relative(-Math.floor(seconds / minute), "minute", style);
  const days = dayNumber(today, style) - dayNumber(date, style);
  if (days <= 1) return `${relative(-days, "day", style)} ${clock(date, style)}`;
  return formatDay(date, today, style);
}

function formatDay(date: Date, today: Date, { locale, timeZone }: DateStyle): string {
  const isThisYear = today.getTime() - date.getTime() < 300 * 86_400_000;
  const parts: Intl.DateTimeFormatOptions = isThisYear
    ? { timeZone, day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }
    : { timeZone, day: "2-digit", month: "2-digit", year: "numeric" };
  return dateFormat(locale, parts).format(date);
}

/** Date and time in full, for tooltips and lists of events: "Mo., 2. März 2026, 14:05". */
export function formatFull(instant: Instant, { locale, timeZone }: DateStyle): string {
  const date = toDate(instant);
  if (Number.isNaN(date.getTime())) return "";
  return dateFormat(locale, {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(date);
}

/** The time of day alone: "14:05". */
export function formatClock(instant: Instant, style: DateStyle): string {
  const date = toDate(instant);
  return Number.isNaN(date.getTime()) ? "" : clock(date, style);
}

/** Seconds until the words of `formatAgo` may change: keep a live text true without a busy clock. */
export function nextChange(instant: Instant, now: Instant): number {
  const seconds = (toDate(now).getTime() - toDate(instant).getTime()) / 1000;
  if (seconds < minute) return 1;
  return seconds < hour ? 15 : 60;
}
