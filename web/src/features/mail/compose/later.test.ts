import { expect, test } from "vitest";
import { chosenMoment, localText, presets } from "./later";

const told = (now: string): string[] => presets(new Date(now)).map(({ preset, at }) => `${preset} ${localText(at)}`);

test("presets lie ahead, and none says the same as another", () => {
  expect(told("2026-11-25T09:10")).toEqual(["afternoon 2026-11-25T14:00", "tomorrow 2026-11-26T08:00", "monday 2026-11-30T08:00"]);
  expect(told("2026-11-29T20:00")).toEqual(["tomorrow 2026-11-30T08:00"]);
  expect(told("2026-11-30T13:00")).toEqual(["tomorrow 2026-12-01T08:00", "monday 2026-12-07T08:00"]);
});

test.each([["2026-11-25T10:00", true], ["2026-11-25T09:00", false], ["2027-12-25T10:00", false], ["", false]])("%j can be chosen: %s", (text, expected) => {
  expect(chosenMoment(text, new Date("2026-11-25T09:30")) !== null).toBe(expected);
});
