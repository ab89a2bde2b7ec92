import { useLingui } from "@lingui/react";
import { type DateStyle, formatAgo, formatClock, formatFull, type Instant } from "@/lib/dates";
import { kept } from "@/lib/formatters";
import { formatLocale, type Language } from "@/lib/language";

export interface Dates {
  readonly style: DateStyle;
  /** "vor 3 Min.", "gestern 14:05". */
  readonly ago: (instant: Instant, now: Instant) => string;
  /** Date and time in full. */
  readonly full: (instant: Instant) => string;
  /** "14:05". */
  readonly clock: (instant: Instant) => string;
  /** "30.11.2027": a day without its time, as Microsoft counts it (UTC). */
  readonly day: (instant: Instant) => string;
  /** 1.204 or 1,204. */
  readonly count: (value: number) => string;
}

const known = new Map<string, Dates>();

/** Dates and numbers in the reader's language and zone; the texts change with the language. */
export function useDates(): Dates {
  const { i18n } = useLingui();
  const locale = formatLocale(i18n.locale as Language, navigator.languages);
  return kept(known, locale, () => datesIn(locale));
}

function datesIn(locale: string): Dates {
  const style = { locale };
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const numbers = new Intl.NumberFormat(locale);
  return {
    style,
    ago: (instant, now) => formatAgo(instant, now, style),
    full: (instant) => formatFull(instant, style),
    clock: (instant) => formatClock(instant, style),
    day: (instant) => days.format(new Date(instant)),
    count: (value) => numbers.format(value),
  };
}
