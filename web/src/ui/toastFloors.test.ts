import { expect, test } from "vitest";
import { heightAbove } from "./toastFloors";

const box = (left: number, top: number, width: number, height: number) => ({ left, top, right: left + width, bottom: top + height });
const toast = box(72, 840, 400, 44);

test.each([
  ["no bar", [], 0],
  ["a bar beside it", [box(640, 840, 800, 60)], 0],
  ["a bar below it", [box(280, 840, 1160, 60)], 52],
  ["a bar that is not shown", [box(280, 840, 0, 0)], 0],
  ["two bars, one on the other", [box(0, 780, 900, 40), box(0, 840, 900, 60)], 112],
  ["a bar far above it", [box(0, 300, 900, 60)], 0],
])("with %s", (_, bars, rise) => {
  expect(heightAbove(toast, bars)).toBe(rise);
});
