import { expect, test } from "vitest";
import { cutLong, portionsOf } from "./portions";

test("much text comes in parts of about one size, all of it, in order", () => {
  const lines = Array.from({ length: 1_000 }, (_, i) => `line ${String(i)}`);
  const portions = portionsOf(lines, (line) => line.length, 500);

  expect(portions.flat()).toEqual(lines);
  expect(Math.max(...portions.map((each) => each.join("").length))).toBeLessThan(520);
  expect(portionsOf([], () => 1, 10)).toEqual([]);
});

test("one thing too large for a part has a part of its own", () => {
  expect(portionsOf([1, 900, 2], (each) => each, 100)).toEqual([[1, 900], [2]]);
});

test("a line of megabytes is cut at blanks, and without any as well", () => {
  const text = Array.from({ length: 5_000 }, (_, i) => `https://x.example/${String(i)}`).join(" ");

  expect(cutLong(text, 400).join(" ")).toBe(text);
  expect(Math.max(...cutLong(text, 400).map((each) => each.length))).toBeLessThanOrEqual(400);
  expect(cutLong("x".repeat(1_000), 400).map((each) => each.length)).toEqual([400, 400, 200]);
});
