import { describe, expect, test } from "vitest";
import type { Strand } from "./merging";
import { endOf, placesAt, runAround, runFromTop } from "./merging";

/** Rows named after when they were received: "b07" is older than "a09". */
const dateOf = (id: string): string => id.slice(1);
const strand = (...rows: (string | null)[]): Strand => ({ rows, dateOf });

const A = strand("a09", "a07", "a05", "a01");
const B = strand("b08", "b06", "b02");

const named = (strands: readonly Strand[], run: ReturnType<typeof runFromTop>): string[] => {
  const places = [...run.from];
  return run.strands.map((each) => String(strands[each]?.rows[(places[each] = (places[each] ?? 0) + 1) - 1]));
};

describe("from the top", () => {
  test("the newest of all comes first, whichever list it is in", () => {
    expect(named([A, B], runFromTop([A, B]))).toEqual(["a09", "b08", "a07", "b06", "a05", "b02", "a01"]);
  });

  test("a row that is not known ends the run: it might be newer than the others", () => {
    const strands = [strand("a09", null, "a05"), B];

    expect(named(strands, runFromTop(strands))).toEqual(["a09"]);
  });

  test("a list that has ended, or has nothing, holds none up", () => {
    const strands = [strand(), strand("a09"), B];

    expect(named(strands, runFromTop(strands))).toEqual(["a09", "b08", "b06", "b02"]);
  });

  test("of the same moment, those of the first list come first", () => {
    const strands = [strand("a05", "a03"), strand("b05", "b03")];

    expect(named(strands, runFromTop(strands))).toEqual(["a05", "b05", "a03", "b03"]);
  });
});

describe("around an instant", () => {
  test("a run goes up and down as far as rows are known, and knows where it stands", () => {
    const strands = [strand(null, null, "a05", "a04", "a02", null), strand("b08", null, "b06", "b03", "b01")];
    const run = runAround(strands, "045");

    expect(run && named(strands, run)).toEqual(["a05", "a04", "b03", "a02"]); // b06 may have newer ones of a between it and a05
    expect(run && [run.at, ...run.from]).toEqual([5, 2, 3]);
  });

  test("it is the same order as from the top", () => {
    const run = runAround([A, B], "06");

    expect(run && named([A, B], run)).toEqual(named([A, B], runFromTop([A, B])));
    expect(run?.at).toBe(0);
  });

  test("nothing is claimed where the rows on one side of it are not known", () => {
    expect(runAround([A, strand("b08", null, "b02")], "06")).toBeNull();
  });
});

test("every row has its place in every list", () => {
  const run = runFromTop([A, B]);

  expect([placesAt(run, 0), placesAt(run, 3), placesAt(run, 99), endOf(run)]).toEqual([[0, 0], [2, 1], [4, 3], 7]);
});
