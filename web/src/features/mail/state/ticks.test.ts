import { describe, expect, test } from "vitest";
import { NO_TICKS, extended, inverted, neighbour, toggled, without } from "./ticks";

describe("ticks", () => {
  test("come and go one by one, and a range begins at the last one", () => {
    const once = toggled(toggled(NO_TICKS, "a"), "b");

    expect([...once.ids]).toEqual(["a", "b"]);
    expect(once.anchor).toBe("b");
    expect([...toggled(once, "a").ids]).toEqual(["b"]);
  });

  test("a range adds to what is ticked and keeps its beginning", () => {
    const range = extended(toggled(NO_TICKS, "b"), ["b", "c", "d"]);

    expect([...range.ids]).toEqual(["b", "c", "d"]);
    expect(range.anchor).toBe("b");
  });

  test("what left the list is no longer ticked", () => {
    expect([...without(extended(NO_TICKS, ["a", "b"]), ["a"]).ids]).toEqual(["b"]);
  });
});

describe("after messages leave, the eye goes", () => {
  const rows = ["a", "b", null, "c", "d"];

  test.each([
    ["to the next that stays", "b", ["b", "c"], "d"],
    ["over rows not loaded", "b", ["b"], "c"],
    ["up at the end of the list", "d", ["d", "c"], "b"],
    ["nowhere when nothing stays", "b", ["a", "b", "c", "d"], null],
    ["nowhere when the row is not in the list", "x", ["x"], null],
  ])("%s", (_, current, gone, next) => {
    expect(neighbour(rows, current, new Set(gone))).toBe(next);
  });
});

test("turned round, what was not ticked is", () => {
  expect([...inverted(extended(NO_TICKS, ["a", "c"]), ["a", "b", "c", "d"]).ids]).toEqual(["b", "d"]);
});
