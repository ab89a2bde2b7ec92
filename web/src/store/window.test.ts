import { describe, expect, test } from "vitest";
import { ListWindow, PAGE } from "./window";

const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `m${String(from + i)}`);

/** A list of `total` ids m0, m1, … whose first `known` are told. */
function listOf(total: number, known = total): ListWindow {
  const list = new ListWindow((a, b) => Number(a.slice(1)) < Number(b.slice(1)));
  list.place(0, ids(0, known), total);
  return list;
}

describe("what is missing", () => {
  test("is asked for in whole pages", () => {
    expect(listOf(1_000, PAGE).missing({ from: 40, to: 60 })).toEqual({ from: 50, to: 100 });
  });

  test("is nothing where the server has told", () => {
    expect(listOf(1_000, 200).missing({ from: 0, to: 200 })).toBeNull();
  });

  test("ends with the list", () => {
    expect(listOf(60, PAGE).missing({ from: 0, to: 500 })).toEqual({ from: 50, to: 60 });
  });
});

describe("a changed list", () => {
  test("moves what is known along with new rows above", () => {
    const list = listOf(300);
    list.replace(100, ["new", ...ids(99, 199)], 302);

    expect(list.shown[101]).toBe("m99");
    expect(list.shown[250]).toBe("m248");
    expect(list.shown[99]).toBe("m97"); // a guess, to be asked for again when seen
    expect(list.missing({ from: 90, to: 110 })).not.toBeNull();
  });

  test("forgets everything when nothing is shared", () => {
    const list = listOf(100);
    list.replace(0, ["x", "y"], 2);

    expect(list.shown).toEqual(["x", "y"]);
  });

  test("never shows one id twice", () => {
    const list = listOf(100);
    list.place(60, ["m3"], 100);

    expect(list.shown.filter((id) => id === "m3")).toHaveLength(1);
    expect(list.shown[60]).toBe("m3");
  });
});

describe("hidden rows", () => {
  test("leave at once and return when the server refuses", () => {
    const list = listOf(5);
    const unhide = list.hide(new Set(["m1", "m3"]));
    const during = list.shown;
    unhide([]);

    expect(during).toEqual(["m0", "m2", "m4"]);
    expect(list.shown).toEqual(ids(0, 5));
  });

  test("stay away when they are gone, those refused come back", () => {
    const list = listOf(5);
    list.hide(new Set(["m1", "m3"]))(["m1"]);

    expect(list.shown).toEqual(["m0", "m2", "m3", "m4"]);
  });

  test("do not flash when the server tells the old list meanwhile", () => {
    const list = listOf(5);
    list.hide(new Set(["m1"]));
    list.replace(0, ids(0, 5), 5);

    expect(list.shown).not.toContain("m1");
  });
});

describe("kept rows", () => {
  test("stay in their place although the filter no longer fits them", () => {
    const list = listOf(5);
    list.keep(["m2"]);
    list.replace(0, ["m0", "m1", "m3", "m4"], 4);

    expect(list.shown).toEqual(ids(0, 5));
  });

  test("go when the list is left", () => {
    const list = listOf(5);
    list.keep(["m2"]);
    list.replace(0, ["m0", "m1", "m3", "m4"], 4);
    list.keepOnly(() => false);

    expect(list.shown).toEqual(["m0", "m1", "m3", "m4"]);
  });

  test("are shown before the server tells of them, and only once after", () => {
    const list = listOf(3);
    const release = list.reveal(["m1.5"]);
    const during = list.shown;
    list.replace(0, ["m0", "m1", "m1.5", "m2"], 4);
    release();

    expect(during).toEqual(["m0", "m1", "m1.5", "m2"]);
    expect(list.shown).toEqual(["m0", "m1", "m1.5", "m2"]);
  });
});

test("a list scrolled from end to end remembers only the part around what is seen", () => {
  const list = listOf(10_000);
  list.trim({ from: 5_000, to: 5_100 });

  expect(list.shown.filter((id) => id !== null)).toHaveLength(100);
  expect(list.shown).toHaveLength(10_000);
});

test("a hundred thousand rows change in a few milliseconds", () => {
  const list = listOf(100_000);
  const before = process.cpuUsage();
  for (let i = 0; i < 10; i += 1) list.hide(new Set([`m${String(i)}`]));

  expect(process.cpuUsage(before).user / 1000 / 10).toBeLessThan(50);
});

describe("hidden rows that are not loaded", () => {
  test("are counted among the unknown ones", () => {
    const list = listOf(1_000, 100);
    list.hide(new Set(ids(0, 700)));

    expect(list.shown).toHaveLength(300);
    expect(list.shown.every((id) => id === null)).toBe(true);
  });

  test("are settled in portions", () => {
    const list = listOf(1_000, 100);
    const unhide = list.hide(new Set(ids(0, 1_000)));
    unhide(ids(0, 250), ids(0, 250));
    const during = list.shown.length;
    unhide(ids(250, 260), ids(250, 300));
    unhide([]);

    expect([during, list.shown.length]).toEqual([0, 740]);
  });

  test("are not asked for while nothing of theirs is on screen", () => {
    const list = listOf(80_000, 100);
    list.hide(new Set(ids(0, 80_000)));

    expect(list.missing({ from: 0, to: 50 })).toBeNull();
  });
});

test("what is asked for at once stays small, however many rows are hidden between", () => {
  const list = listOf(10_000, 10_000);
  list.hide(new Set(ids(10, 9_900)));
  list.doubt();

  expect(list.missing({ from: 0, to: 30 })).toEqual({ from: 0, to: 50 });
});
