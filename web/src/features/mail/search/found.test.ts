import { expect, test } from "vitest";
import { finder, folded } from "./found";

test.each([
  ["Müller", "muller"], ["Mueller", "muller"], ["muller", "muller"], ["Straße", "strasse"], ["blue", "blue"], ["TOE", "toe"], ["Ærø", "aro"], ["ÉTÉ", "ete"],
])("%s is %s", (word, form) => {
  expect(folded(word)).toBe(form);
});

test.each([
  [["mueller"], "Herr Müller und Frau Mueller, kein Müllerchen", ["Müller", "Mueller"]],
  [["mü*"], "Mühe, Muehe, Mut", ["Mühe", "Muehe", "Mut"]],
  [["mue*"], "Mühe blue", ["Mühe"]],
  [["Lindenallee 3"], "Lindenallee 33, Lindenallee 3.", ["Lindenallee", "Lindenallee", "3"]],
  [["anna@berger.example"], "anna @ Berger", ["anna", "Berger"]],
  [["miete*"], "Mietendeckel und Untermiete", ["Mietendeckel"]],
])("%j in %s", (words, text, found) => {
  expect(finder(words)?.(text).map(({ from, to }) => text.slice(from, to))).toEqual(found);
});

test("without words there is nothing to find", () => {
  expect(finder(["*", "-"])).toBeNull();
});
