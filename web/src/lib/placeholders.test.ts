import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Values } from "./placeholders";
import { filledHtml, filledPlain, openPlaceholders } from "./placeholders";

interface Cases {
  readonly values: Values;
  readonly plain: readonly (readonly [string, string])[];
  readonly html: readonly (readonly [string, string])[];
}

/** The server fills in signatures for other mail programs: both are held to the same cases. */
const cases = JSON.parse(readFileSync(new URL("../../../tests/placeholders.json", import.meta.url), "utf8")) as Cases;

test.each(cases.plain)("plain text %j becomes %j", (text, expected) => {
  expect(filledPlain(text, cases.values)).toBe(expected);
});

test.each(cases.html)("HTML %j becomes %j", (html, expected) => {
  expect(filledHtml(html, cases.values)).toBe(expected);
});

test("what nobody has given a value is named once", () => {
  expect(openPlaceholders("<p>{{Empfänger-Vorname}} {{recipient&nbsp;name}} {{Empfänger-Vorname}} {{anderes}}</p>")).toEqual(["{{Empfänger-Vorname}}", "{{recipient name}}"]);
});
