/** Much text, a part at a time. Pure. */

/** Divide items into runs whose weights add up to about `budget`; no run is empty. */
export function portionsOf<T>(items: readonly T[], weightOf: (item: T) => number, budget: number): readonly (readonly T[])[] {
  const portions: T[][] = [];
  let weight = Infinity;
  for (const item of items) {
    if (weight >= budget) {
      portions.push([]);
      weight = 0;
    }
    portions.at(-1)?.push(item);
    weight += weightOf(item);
  }
  return portions;
}

/** A line without an end, as lines of a bearable length, cut at blanks where there are any. */
export function cutLong(line: string, most = 4_000): readonly string[] {
  if (line.length <= most) return [line];
  const parts: string[] = [];
  for (let from = 0; from < line.length;) {
    const blank = from + most < line.length ? line.lastIndexOf(" ", from + most) : line.length;
    const to = blank > from ? blank : from + most;
    parts.push(line.slice(from, to));
    from = line[to] === " " ? to + 1 : to;
  }
  return parts;
}
