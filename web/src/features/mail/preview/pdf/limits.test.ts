import { expect, test } from "vitest";
import { MOST_PIXELS, fitting, sharpness, soundSize, zoomed } from "./limits";

test("a page that claims to have no size, or a mile of it, is laid out all the same", () => {
  expect(soundSize({ width: NaN, height: -5 })).toEqual({ width: 8, height: 8 });
  expect(soundSize({ width: 1e9, height: 842 })).toEqual({ width: 20_000, height: 842 });
});

test("a page is as sharp as the screen while its canvas stays small enough", () => {
  expect(sharpness({ width: 600, height: 800 }, 2)).toBe(2);
  const large = { width: 20_000, height: 20_000 };
  expect(20_000 ** 2 * sharpness(large, 2) ** 2).toBeCloseTo(MOST_PIXELS);
});

test("zooming goes in steps from wherever fitting has led, and ends", () => {
  expect([zoomed(1, 1), zoomed(1, -1), zoomed(1.37, 1), zoomed(1.37, -1), zoomed(4, 1), zoomed(0.25, -1)]).toEqual([1.25, 0.75, 1.5, 1.25, 4, 0.25]);
});

test("a page fills the room, but a stamp is not blown up, and a plan not shrunk to nothing", () => {
  expect([fitting({ width: 600, height: 800 }, 900), fitting({ width: 40, height: 40 }, 900), fitting({ width: 20_000, height: 9 }, 300)]).toEqual([1.5, 2, 0.25]);
});
