import { describe, expect, test } from "vitest";
import { formatAgo, formatClock, formatFull, nextChange } from "./dates";

const german = { locale: "de-DE", timeZone: "Europe/Berlin" };
const british = { locale: "en-GB", timeZone: "Europe/Berlin" };
const now = "2026-03-12T13:00:00Z"; // 14:00 in Berlin

describe("formatAgo", () => {
  test.each([
    ["2026-03-12T12:59:48Z", "vor 12 Sek.", "12 sec ago"],
    ["2026-03-12T12:57:00Z", "vor 3 Min.", "3 min ago"],
    ["2026-03-12T08:10:00Z", "heute 09:10", "today 09:10"],
    ["2026-03-11T13:05:00Z", "gestern 14:05", "yesterday 14:05"],
    ["2026-03-02T13:05:00Z", "2. März um 14:05", "2 March at 14:05"],
    ["2024-02-29T13:05:00Z", "29.02.2024", "29/02/2024"],
  ])("says %s the way people do", (instant, inGerman, inEnglish) => {
    expect(formatAgo(instant, now, german)).toBe(inGerman);
    expect(formatAgo(instant, now, british)).toBe(inEnglish);
  });

  test("counts days in the reader's zone, not in UTC", () => {
    const lateEvening = "2026-03-11T23:30:00Z"; // 00:30 of the same day in Berlin
    expect(formatAgo(lateEvening, now, german)).toBe("heute 00:30");
    expect(formatAgo(lateEvening, now, { ...german, timeZone: "America/New_York" })).toBe("gestern 19:30");
  });

  test("never speaks of the future when clocks differ", () => {
    expect(formatAgo("2026-03-12T13:00:09Z", now, german)).toBe("jetzt");
  });

  test("shows nothing for a text that is no instant", () => {
    expect(formatAgo("soon", now, german)).toBe("");
    expect(formatFull("soon", german)).toBe("");
    expect(formatClock("", german)).toBe("");
  });
});

test("a live text is looked at more seldom the older it gets", () => {
  expect(nextChange("2026-03-12T12:59:50Z", now)).toBe(1);
  expect(nextChange("2026-03-12T12:30:00Z", now)).toBe(15);
  expect(nextChange("2026-03-10T12:30:00Z", now)).toBe(60);
});

test("in full, a moment has its weekday, day and time", () => {
  expect(formatFull("2026-03-02T13:05:00Z", german)).toBe("Mo., 2. März 2026, 14:05");
  expect(formatClock("2026-03-02T13:05:00Z", german)).toBe("14:05");
});
