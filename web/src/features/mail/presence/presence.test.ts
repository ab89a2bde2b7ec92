import { beforeAll, describe, expect, test } from "vitest";
import { i18n } from "@lingui/core";
import type { Answer, EmailId } from "@/jmap";
import { attentionOf } from "./attention";
import { baselineOf, sorted } from "./secondAnswer";
import { answeredWords, answeringWords, readingWords } from "./words";

const MINUTE = 60_000;
const begunAt = new Date("2026-11-27T14:00:00Z");

function answer(emailId: string | null, more: Partial<Answer> = {}): Answer {
  return { emailId: emailId as EmailId | null, name: null, at: "2026-11-27T14:05:00Z", origin: "elsewhere", isMine: false, isSent: true, ...more };
}

describe("whether somebody is at this window", () => {
  test.each([
    [true, 0, true, true],
    [true, 2 * MINUTE, true, true],
    [true, 4 * MINUTE, false, true],
    [false, 0, false, true],
    [true, 6 * MINUTE, false, false],
    [false, 6 * MINUTE, false, false],
  ])("on screen %s, idle for %i ms: reads %s, answers %s", (isVisible, idleMs, reads, answers) => {
    expect(attentionOf({ isVisible, idleMs })).toEqual({ reads, answers });
  });
});

describe("answers of others", () => {
  test("that were there when the letter was begun are earlier ones; what comes later is news", () => {
    const baseline = baselineOf([answer("m1")], false, begunAt);

    const found = sorted([answer("m2"), answer("m1")], null, baseline);

    expect(found.meanwhile.map(({ emailId }) => emailId)).toEqual(["m2"]);
    expect(found.earlier.map(({ emailId }) => emailId)).toEqual(["m1"]);
  });

  test("are news to a letter that was put away and is opened again", () => {
    const found = sorted([answer("m1")], "m7" as EmailId, baselineOf([answer("m1")], true, begunAt));

    expect(found.meanwhile).toHaveLength(1);
  });

  test("are not the letter's own draft, while it waits to be sent or could not be", () => {
    const own = answer("m7", { isMine: true, isSent: false });

    expect(sorted([own], "m7" as EmailId, baselineOf([], false, begunAt))).toEqual({ earlier: [], meanwhile: [] });
  });

  test("are news by the mark alone, before the answer itself is here", () => {
    const found = sorted([answer(null, { at: null, origin: null })], null, baselineOf([], false, begunAt));

    expect(found.meanwhile).toHaveLength(1);
  });

  test("that were known by the mark alone are no news when they arrive, unless they are younger than the letter", () => {
    const baseline = baselineOf([answer(null, { at: null })], false, begunAt);
    const old = answer("m1", { at: "2026-11-27T13:00:00Z" });

    expect(sorted([answer("m2"), old], null, baseline).meanwhile.map(({ emailId }) => emailId)).toEqual(["m2"]);
  });
});

describe("the words", () => {
  const now = new Date(2026, 10, 27, 15, 0);
  const today = new Date(2026, 10, 27, 14, 5).toISOString();
  const clocks = { clock: () => "14:05", full: () => "Thu, 26 Nov 2026, 14:05", now };
  const say = (more: Partial<Answer>, noticed: Date | null = null) => answeredWords(answer("m1", { at: today, ...more }), noticed, clocks);

  beforeAll(() => { i18n.loadAndActivate({ locale: "en", messages: {} }); });

  test("of those who look and those who write", () => {
    const people = ["Thomas", "Anna", "Bert"].map((name) => ({ name }));
    expect(readingWords(people.slice(0, 1))).toBe("Thomas is looking at this");
    expect(readingWords(people.slice(0, 2))).toBe("Thomas and Anna are looking at this");
    expect(readingWords(people)).toBe("Thomas and 2 others are looking at this");
    expect(answeringWords(people.slice(0, 1))).toBe("Thomas is writing an answer");
    expect(answeringWords(people)).toBe("Thomas and 2 others are writing answers");
    expect([readingWords([]), answeringWords([])]).toEqual(["", ""]);
  });

  test("of an answer name who sent it and when", () => {
    expect(say({ name: "Anna Berger", origin: "here" })).toBe("Anna Berger has answered this at 14:05");
    expect(say({ name: "Anna Berger", origin: "here", isMine: true })).toBe("You have answered this at 14:05");
    expect(say({ at: "2026-11-26T13:05:00Z", name: "Anna Berger" })).toBe("Anna Berger has answered this on Thu, 26 Nov 2026, 14:05");
  });

  test("of one from elsewhere, of one nobody knows the origin of, and of the mark alone", () => {
    expect(say({})).toBe("Somebody has answered this in another program at 14:05");
    expect(say({ origin: null })).toBe("This was answered at 14:05");
    expect(say({ at: null, origin: null }, new Date(today))).toBe("Somebody has answered this in another program at 14:05");
    expect(say({ at: null, origin: null })).toBe("This has been answered already");
  });

  test("of one that is to be sent later say so; the usual hold is no matter", () => {
    const soon = new Date(now.getTime() + 10_000).toISOString();
    const later = new Date(now.getTime() + 3_600_000).toISOString();
    expect(say({ name: "Anna", at: soon, isSent: false })).toBe("Anna has answered this at 14:05");
    expect(say({ name: "Anna", at: later, isSent: false })).toBe("An answer by Anna waits to be sent: Thu, 26 Nov 2026, 14:05");
    expect(say({ isMine: true, at: later, isSent: false })).toBe("Your answer waits to be sent: Thu, 26 Nov 2026, 14:05");
  });
});
