/** Days, months and years as people write them in a search, in the reader's own time zone. */

export interface Span {
  readonly begin: Date;
  /** Exclusive. */
  readonly end: Date;
}

/**
 * "2026-11-01", "1.11.2026", "1.11.", "2026-11", "11.2026", "2026", "heute", "gestern", "7d" (seven days ago;
 * also w, m, y and the German t, w, m, j). Null when it is none of these, or no day of the calendar.
 */
export function days(text: string, today: Date): Span | null {
  const midnight = new Date(today.getFullYear(), today.getMonth(), today.getDate());
  if (text === "today" || text === "heute") return span(midnight, 0, 0, 1);
  if (text === "yesterday" || text === "gestern") return span(shifted(midnight, 0, 0, -1), 0, 0, 1);
  const ago = /^(\d{1,4})([dtwmyj])$/.exec(text);
  if (ago) return span(back(midnight, Number(ago[1]), ago[2] ?? "d"), 0, 0, 1);
  const iso = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(text);
  if (iso) return written(Number(iso[1]), number(iso[2]), number(iso[3]));
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{2}|\d{4})?$/.exec(text);
  if (german) return written(year(german[3], today), Number(german[2]), Number(german[1]));
  const month = /^(\d{1,2})\.(\d{4})$/.exec(text);
  return month ? written(Number(month[2]), Number(month[1]), null) : null;
}

function number(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

function year(text: string | undefined, today: Date): number {
  if (text === undefined) return today.getFullYear();
  return text.length === 2 ? 2000 + Number(text) : Number(text);
}

function written(year: number, month: number | null, day: number | null): Span | null {
  const begin = new Date(year, (month ?? 1) - 1, day ?? 1);
  const isThere = begin.getFullYear() === year && begin.getMonth() === (month ?? 1) - 1 && begin.getDate() === (day ?? 1);
  if (!isThere || year < 1970 || year > 9000) return null;
  return span(begin, month === null ? 1 : 0, month !== null && day === null ? 1 : 0, day === null ? 0 : 1);
}

function span(begin: Date, years: number, months: number, days: number): Span {
  return { begin, end: shifted(begin, years, months, days) };
}

function shifted(date: Date, years: number, months: number, days: number): Date {
  return new Date(date.getFullYear() + years, date.getMonth() + months, date.getDate() + days);
}

function back(date: Date, count: number, unit: string): Date {
  if (unit === "w") return shifted(date, 0, 0, -7 * count);
  if (unit === "m") return shifted(date, 0, -count, 0);
  return unit === "y" || unit === "j" ? shifted(date, -count, 0, 0) : shifted(date, 0, 0, -count);
}
