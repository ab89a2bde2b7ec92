/**
 * Lists of several accounts, each newest first and known in parts, as one.
 *
 *     strand 0   a a · · · · a a a · ·          · not known
 *     strand 1   b b b b · · · b b b ·
 *     merged     ──run──>· · · ──run──> · · ·   what is known without a gap
 *
 * The next row of a run is the newest of those that come next in their strands: where one of them is not known,
 * the run ends. Pure.
 */
import type { Slot } from "./window";

export interface Strand {
  readonly rows: readonly Slot[];
  /** When a row was received, so that later texts are greater; undefined when that is not known. */
  readonly dateOf: (id: string) => string | undefined;
}

export interface Run {
  /** Where it begins in the merged list, and in each strand. */
  readonly at: number;
  readonly from: readonly number[];
  /** For each of its rows, the number of its strand. */
  readonly strands: readonly number[];
}

/** An instant without its Z compares as a text, with and without fractions of a second. */
export function comparable(instant: string): string {
  return instant.replace(/Z$/u, "");
}

/** The run that begins with the first row. */
export function runFromTop(strands: readonly Strand[]): Run {
  const from = strands.map(() => 0);
  return { at: 0, from, strands: down(strands, from) };
}

/** The run around the place where all that is as new as `instant`, or newer, stands above; null while no strand's rows there are known. */
export function runAround(strands: readonly Strand[], instant: string): Run | null {
  const cut = strands.map((strand) => cutOf(strand, comparable(instant)));
  if (cut.some((at) => at === null)) return null;
  const above = up(strands, cut as number[]);
  const from = (cut as number[]).map((at, strand) => at - above.filter((each) => each === strand).length);
  return { at: sum(from), from, strands: [...above, ...down(strands, cut as number[])] };
}

/** Where each strand stands at a row of the run, or behind its last one. */
export function placesAt(run: Run, position: number): number[] {
  const places = [...run.from];
  const rows = Math.max(0, Math.min(run.strands.length, position - run.at));
  for (let at = 0; at < rows; at += 1) places[run.strands[at] as number] = (places[run.strands[at] as number] as number) + 1;
  return places;
}

export function endOf({ at, strands }: Run): number {
  return at + strands.length;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

/** A row that has just lost its record stands for nothing: it never holds the others up. */
const AT_ONCE = { down: "\uffff", up: "" };

function down(strands: readonly Strand[], from: readonly number[]): number[] {
  return walked(strands, from, (at) => at, 1, (date, best) => date > best, AT_ONCE.down);
}

/** The rows above, in the order of the list. */
function up(strands: readonly Strand[], from: readonly number[]): number[] {
  return walked(strands, from, (at) => at - 1, -1, (date, best) => date <= best, AT_ONCE.up).reverse();
}

function walked(
  strands: readonly Strand[], from: readonly number[], rowAt: (place: number) => number, step: 1 | -1,
  isNext: (date: string, best: string) => boolean, unknown: string,
): number[] {
  const places = [...from];
  /** Null: the strand has ended; undefined: its next row is not known. */
  const headOf = (strand: number): string | null | undefined => {
    const { rows, dateOf } = strands[strand] as Strand;
    const id = rows[rowAt(places[strand] as number)];
    return id === undefined ? null : id === null ? undefined : (dateOf(id) ?? unknown);
  };
  const heads = strands.map((_, strand) => headOf(strand));
  const steps: number[] = [];
  while (!heads.includes(undefined)) {
    let best = -1;
    for (const [strand, date] of heads.entries()) {
      if (date !== null && date !== undefined && (best < 0 || isNext(date, heads[best] as string))) best = strand;
    }
    if (best < 0) break;
    steps.push(best);
    places[best] = (places[best] as number) + step;
    heads[best] = headOf(best);
  }
  return steps;
}

/** The first row that is older; null while it, or the one above it, is not known. */
function cutOf({ rows, dateOf }: Strand, instant: string): number | null {
  const isOlder = (id: Slot | undefined): boolean | null => {
    const date = id === null || id === undefined ? undefined : dateOf(id);
    return date === undefined ? null : date < instant;
  };
  for (let at = 0; at <= rows.length; at += 1) {
    if (at < rows.length && rows[at] === null) continue;
    const isBelow = at === rows.length || isOlder(rows[at]) === true;
    if (isBelow && (at === 0 || isOlder(rows[at - 1]) === false)) return at;
  }
  return null;
}
