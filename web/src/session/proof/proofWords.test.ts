import { setupI18n } from "@lingui/core";
import { describe, expect, it } from "vitest";
import { messages } from "@/locales/de.po";
import { proofWords, resultWords } from "./proofWords";

const i18n = setupI18n({ locale: "de", messages: { de: messages } });
const style = { clock: () => "12:03", count: (value: number) => new Intl.NumberFormat("de").format(value) };
const whole = { expected: 48211, held: 48211, differences: 0, folders_left: 0 };

function said(counters: Partial<typeof whole>, as_of: string | null = "2026-11-27T11:03:00Z") {
  const { tone, text } = proofWords({ as_of, counters: { ...whole, ...counters } }, style);
  return [tone, i18n._(text)];
}

describe("the proof in one sentence", () => {
  it("says that a mailbox is complete, as of when, and how many messages", () => {
    expect(said({})).toEqual(["good", "Vollständig, Stand 12:03: 48.211 von 48.211, 0 Abweichungen"]);
  });

  it("does not call complete what is still being read", () => {
    expect(said({ folders_left: 2 })).toEqual(["waiting", "Stand 12:03: 48.211 von 48.211, 2 Ordner werden noch gelesen"]);
    expect(said({}, null)).toEqual(["waiting", "Noch nicht zu Ende gelesen"]);
  });

  it("counts differences", () => {
    expect(said({ held: 48210, differences: 1 })).toEqual(["attention", "Stand 12:03: 48.210 von 48.211, 1 Abweichung"]);
  });
});

describe("the result of a check", () => {
  const check = {
    id: "c1", reason: "asked", state: "done", asked_at: "", started_at: null, ended_at: "", compared: 9, folders_left: 0,
    missing: 1, extra: 0, misplaced: 0, flags: 2, unreadable: 0, undecided: 0, repaired: 3, problem: null,
  } as const;

  it("says whether all differences are repaired", () => {
    expect(i18n._(resultWords(check))).toBe("3 Abweichungen, alle behoben");
    expect(i18n._(resultWords({ ...check, repaired: 1 }))).toBe("3 Abweichungen, davon 1 behoben");
  });
});
