import { i18n } from "@lingui/core";
import { beforeEach, describe, expect, test } from "vitest";
import { messages } from "./locales/de.po";
import { describeOutcome } from "./outcomes";

const facts = { address: "info@buero.de", signedInAs: null, code: null };

beforeEach(() => {
  i18n.load("de", messages);
  i18n.activate("de");
});

describe("the page for a way back from Microsoft", () => {
  const outcomes = [
    "denied",
    "cancelled",
    "approval_needed",
    "approval_requested",
    "approved",
    "wrong_account",
    "no_access",
    "no_mailbox",
    "blocked",
    "app_settings",
    "expired",
    "failed",
  ];

  test.each(outcomes)("%s has a title of its own, a cause and a remedy", (name) => {
    const { title, cause, remedy } = describeOutcome(name, facts);
    const others = outcomes.filter((other) => other !== name).map((other) => describeOutcome(other, facts).title);
    expect(others).not.toContain(title);
    expect([cause, remedy]).not.toContain("");
  });

  test("names both addresses after a wrong account", () => {
    const { cause } = describeOutcome("wrong_account", { ...facts, signedInAs: "privat@outlook.com" });
    expect(cause).toContain("privat@outlook.com");
    expect(cause).toContain("info@buero.de");
  });

  test.each(["constructor", "__proto__", "nonsense"])("%s reads as a plain failure", (name) => {
    expect(describeOutcome(name, facts)).toEqual(describeOutcome("failed", facts));
  });

  test("an expired secret leads to the settings, whatever the outcome says", () => {
    expect(describeOutcome("failed", { ...facts, code: 7000222 }).next).toBe("settings");
  });
});
