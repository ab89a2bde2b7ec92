import { expect, test } from "vitest";
import { fileName, saveName, shownName } from "./files";

test.each([
  ["Angebot 12/2026.pdf", "Angebot 12 2026.pdf"],
  ["../../etc/passwd", "etc passwd"],
  ["..", ""],
  ["C:\\Temp\\x.pdf", "C Temp x.pdf"],
  ["Exposé Größe.pdf", "Exposé Größe.pdf"],
])("%s is saved under a name every system takes", (name, saved) => {
  expect(fileName(name)).toBe(saved);
});

test("a name cannot hide its ending by turning the direction of writing", () => {
  expect(shownName("rechnung\u202Efdp.exe")).toBe("rechnungfdp.exe");
  expect(shownName("تقرير.pdf")).toBe("تقرير.pdf");
});

test("a nested message is saved under its subject, shortened before the ending", () => {
  expect(saveName("AW: Objekt 4/5", "eml")).toBe("AW Objekt 4 5.eml");
  expect(saveName("x".repeat(300), "eml")).toBe(`${"x".repeat(100)}.eml`);
  expect(saveName("...", "eml")).toBe("message.eml");
});
