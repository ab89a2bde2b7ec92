import { useLingui } from "@lingui/react";
import { useMemo } from "react";
import { type DateStyle, formatAgo, formatClock, formatFull, type Instant } from "@/lib/dates";
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

/** Dates and numbers in the reader's language and zone; the texts change with the language. */
export function useDates(): Dates {
  const { i18n } = useLingui();
  return useMemo(() => {
    const style = { locale: formatLocale(i18n.locale as Language, navigator.languages) };
    const days = new Intl.DateTimeFormat(style.locale, { dateStyle: "medium", timeZone: "UTC" });
    const numbers = new Intl.NumberFormat(style.locale);
    return {
      style,
      ago: (instant, now) => formatAgo(instant, now, style),
      full: (instant) => formatFull(instant, style),
      clock: (instant) => formatClock(instant, style),
      day: (instant) => days.format(new Date(instant)),
      count: (value) => numbers.format(value),
    };
  }, [i18n.locale]);
}
