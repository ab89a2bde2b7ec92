import { i18n } from "@lingui/core";
import { beforeEach, expect, it } from "vitest";
import type { Finding, SetupStep } from "@/api/setup";
import { findingWords, stateOf } from "./findings";

beforeEach(() => i18n.loadAndActivate({ locale: "en", messages: {} }));

const finding = (step: SetupStep, outcome: Finding["outcome"], code: string | null = null): Finding => ({ step, outcome, code });
const test = (...findings: Finding[]) => ({ at: "2026-11-28T12:00:00Z", findings });

it("marks a step by what was tried of it", () => {
  const tried = test(finding("redirect", "good"), finding("approved_redirect", "wrong", "AADSTS50011"), finding("credential", "unknown"), finding("application", "skipped"));
  expect(stateOf(null, ["redirect"])).toBe("open");
  expect(stateOf(null, ["entered"], "done")).toBe("done");
  expect(stateOf(tried, ["redirect"])).toBe("done");
  expect(stateOf(tried, ["redirect", "approved_redirect"])).toBe("wrong");
  expect(stateOf(tried, ["credential"])).toBe("open");
  expect(stateOf(tried, ["application"])).toBe("open");
});

it("says which address is missing, what a number means there, and never a wrong reason for an unknown one", () => {
  const what = (...given: Parameters<typeof finding>) => findingWords(finding(...given))?.what;
  expect(what("redirect", "wrong", "AADSTS50011")).toMatch(/first redirect address/);
  expect(what("approved_redirect", "wrong", "AADSTS50011")).toMatch(/second redirect address/);
  expect(what("credential", "wrong", "AADSTS7000222")).toMatch(/client secret .* has expired/);
  expect(what("application", "wrong", "AADSTS7000229")).toMatch(/not let Poststelle in/);
  expect(what("credential", "unknown", "AADSTS7000229")).toMatch(/could not be tried/);
  expect(what("organisation", "wrong", "app_settings")).toMatch(/no such organisation/);
  expect(what("credential", "wrong", "AADSTS99999")).toBe("Microsoft refuses this step.");
  expect(what("application", "skipped")).toBeUndefined();
});
