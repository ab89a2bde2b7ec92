import { i18n } from "@lingui/core";
import { beforeEach, describe, expect, test } from "vitest";
import { ApiError, Offline, Unreadable } from "@/api/errors";
import { messages } from "../locales/de.po";
import { administratorsOf, explain } from "./explain";

beforeEach(() => {
  i18n.load("de", messages);
  i18n.activate("de");
});

describe("an error in words", () => {
  test("a known refusal is said without any code", () => {
    const { title, remedy, detail } = explain(new ApiError(422, "invalid_address", "This is no address."));
    expect(title).toBe("Das ist keine vollständige E-Mail-Adresse.");
    expect(remedy).not.toBe("");
    expect(detail).toBeNull();
  });

  test("an unknown refusal keeps the server's words for Details only", () => {
    const { title, detail } = explain(new ApiError(500, "odd", "The moon was full."));
    expect(title).not.toContain("moon");
    expect(detail).toBe("500 odd: The moon was full.");
  });

  test.each([
    [5, "Bitte versuchen Sie es in einer Minute erneut."],
    [61, "Bitte versuchen Sie es in 2 Minuten erneut."],
    [undefined, "Bitte versuchen Sie es in einer Minute erneut."],
  ])("a lock of %s seconds says how long to wait", (after_s, remedy) => {
    expect(explain(new ApiError(429, "locked", "", { after_s })).remedy).toBe(remedy);
  });

  test("without an answer it is the network, and nothing was changed", () => {
    expect(explain(new Offline("no answer")).title).toBe("Der Server antwortet nicht.");
    expect(explain(new Unreadable(502)).detail).toBe("HTTP 502");
  });
});

test("an app registration that nobody has entered is not called refused by Microsoft", () => {
  const [missing, refused] = ["app_missing", "app_settings"].map((code) => explain(new ApiError(409, code, "")));

  expect(missing?.title).toBe("Bei Microsoft kann sich noch niemand anmelden: Die App-Registrierung von Poststelle ist nicht eingetragen.");
  expect(refused?.title).toBe("Microsoft nimmt die App-Registrierung von Poststelle nicht an.");
});

test("without the right, the administrators to ask are named", () => {
  const people = [{ name: "Katrin Lindner", email: "lindner@buero.example" }];
  const error = new ApiError(403, "needs_settings", "", { administrators: people });
  expect(administratorsOf(error)).toEqual(people);
  expect(administratorsOf(new ApiError(403, "other", ""))).toEqual([]);
});
