import { expect, test } from "vitest";
import { categoryTone } from "./categoryTone";

test("the names that Outlook gives have their colour in both languages", () => {
  const colours = ["Red category", "Rote Kategorie", "Kategorie Rot", "Blue category", "Blaue Kategorie"].map(categoryTone);

  expect(colours).toEqual(["var(--danger)", "var(--danger)", "var(--danger)", "var(--accent)", "var(--accent)"]);
});

test("any other name has a tone of its own, whatever its letters; a colour within a word says nothing", () => {
  const names = ["Nebenkosten", "Vermietung", "Dringend", "Handwerker", "Anna", "Ben", "Redaktion", "Rotes Kreuz"];
  const colours = names.map(categoryTone);

  expect(colours.every((colour) => /^var\(--mark-[1-7]\)$/.test(colour))).toBe(true);
  expect(new Set(colours).size).toBeGreaterThan(3);
  expect(categoryTone("nebenkosten")).toBe(categoryTone("Nebenkosten"));
});
