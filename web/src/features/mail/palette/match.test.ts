import { describe, expect, test } from "vitest";
import type { Entry } from "./match";
import { matched } from "./match";

const entry = (title: string, detail = ""): Entry => ({ id: title, title, detail });
const ENTRIES = [
  entry("Posteingang", "Vermietung"), entry("Posteingänge alt", "Objekte"), entry("Müller, Straße 3", "Objekte / Lindenallee"), entry("Löschen"), entry("Alle gelesenen auswählen"),
  entry("Antworten"), entry("Allen antworten"), entry("Weiterleiten"), entry("Darstellung: Dunkel"),
];
const titles = (query: string, recent: readonly string[] = []): string[] => matched(query, ENTRIES, recent).map(({ entry: { title } }) => title);

describe("what is meant by a few letters", () => {
  test.each([
    ["mull", "Müller, Straße 3"], ["mueller", "Müller, Straße 3"], ["MÜLL", "Müller, Straße 3"], ["strasse", "Müller, Straße 3"], ["straße", "Müller, Straße 3"],
    ["loeschen", "Löschen"], ["loschen", "Löschen"], ["dunkel", "Darstellung: Dunkel"], ["dst dunk", "Darstellung: Dunkel"],
    ["anworten", "Antworten"], ["müller linden", "Müller, Straße 3"], ["post vermiet", "Posteingang"],
  ])("%s is %s", (query, title) => {
    expect(titles(query)[0]).toBe(title);
  });

  test("nothing is found by what nobody could mean", () => {
    expect(titles("xyzzy")).toEqual([]);
  });

  test("what was used lately stands before what fits as well", () => {
    expect(titles("antworten")[0]).toBe("Antworten");
    expect(titles("posteing", ["Posteingänge alt"])[0]).toBe("Posteingänge alt");
  });

  test("the letters that were meant are told", () => {
    const [found] = matched("post", ENTRIES, []);
    expect(found?.pieces).toEqual([{ text: "Post", isHit: true }, { text: "eingang", isHit: false }]);
  });
});
