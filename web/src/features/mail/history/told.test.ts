import { i18n } from "@lingui/core";
import { beforeAll, expect, test } from "vitest";
import type { Deed } from "@/api/deeds";
import { rowsOf, wordsOf } from "./told";

beforeAll(() => { i18n.loadAndActivate({ locale: "en", messages: {} }); });

const deed = (action: string, more: Partial<Deed> = {}): Deed => ({
  at: "2026-11-29T08:00:00Z", action, name: "Anna", is_mine: false, folder: null, added: [], removed: [], ...more,
});

test("readings of one person in a row are one, others stand by themselves", () => {
  const latest = deed("mail.read", { at: "2026-11-29T09:00:00Z" });
  const rows = rowsOf([latest, deed("mail.read"), deed("mail.read", { name: "Thomas" }), deed("mail.flagged"), deed("mail.flagged"), deed("mail.read")]);
  expect(rows.map(({ deed: { name, action }, times }) => [name, action, times])).toEqual([
    ["Anna", "mail.read", 2], ["Thomas", "mail.read", 1], ["Anna", "mail.flagged", 1], ["Anna", "mail.flagged", 1], ["Anna", "mail.read", 1],
  ]);
  expect(rows[0]?.deed).toBe(latest);
  expect(rowsOf([])).toEqual([]);
});

test("names that turn the writing are told without that", () => {
  const [row] = rowsOf([deed("mail.moved", { folder: "Ob\u202Ejekte" })]);
  expect(row && wordsOf(row)).toContain("Objekte");
});

test("a copy in another mailbox names no folder", () => {
  const words = [deed("mail.copied", { folder: "Akten" }), deed("mail.copied")].map((one) => wordsOf({ deed: one, times: 1 }));
  expect(words[0]).toContain("Akten");
  expect(words[1]).toMatch(/another mailbox|anderes Postfach/u);
});

test("what was given and taken at once is one row", () => {
  const words = (added: string[], removed: string[]) => wordsOf({ deed: deed("mail.labelled", { added, removed }), times: 1 });
  const all = [words(["A", "B"], []), words([], ["C"]), words(["A"], ["C"])];
  expect(new Set(all).size).toBe(3);
  expect([all[0]?.includes("A, B"), all[1]?.includes("C"), all[2]?.includes("A") && all[2].includes("C")]).toEqual([true, true, true]);
});
