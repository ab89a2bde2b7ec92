import { expect, test } from "vitest";
import { chooseLanguage, formatLocale } from "./language";

test("the person's own choice comes before the browser's", () => {
  expect(chooseLanguage("en", ["de-DE"])).toBe("en");
});

test("the first language of the browser that we have is shown, else English", () => {
  expect(chooseLanguage(null, ["fr-FR", "de-AT", "en"])).toBe("de");
  expect(chooseLanguage(null, ["fr-FR"])).toBe("en");
});

test("dates follow the reader's own region where it speaks the language", () => {
  expect(formatLocale("de", ["en-US", "de-CH"])).toBe("de-CH");
  expect(formatLocale("en", ["de-DE"])).toBe("en-GB");
});
