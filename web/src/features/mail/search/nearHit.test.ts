import { expect, test } from "vitest";
import { nearHit } from "./nearHit";

const plain = (text: string) => ({ text, isHit: false });
const hit = (text: string) => ({ text, isHit: true });

test("what stands before the first hit is cut at a word", () => {
  const pieces = [plain("wir suchen seit Monaten genau so etwas wie Ihre 3-Zimmer-"), hit("Wohnung"), plain(" in der Stadt")];
  expect(nearHit(pieces)).toEqual([plain("… Ihre 3-Zimmer-"), hit("Wohnung"), plain(" in der Stadt")]);
});

test("a short beginning, a hit at the beginning and a text without one stay", () => {
  for (const pieces of [[plain("Ihre "), hit("Wohnung")], [hit("Wohnung"), plain(" und mehr davon, als in eine Zeile geht")], [plain("nichts, was gesucht worden wäre, steht hier")], []]) {
    expect(nearHit(pieces)).toEqual(pieces);
  }
});

test("one long word is cut in its midst", () => {
  expect(nearHit([plain("Donaudampfschifffahrtsgesellschafts"), hit("Kapitän")])[0]).toEqual(plain("… ahrtsgesellschafts"));
});
