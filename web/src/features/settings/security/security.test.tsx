// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Factors } from "@/api";
import { Page } from "../../../../test/page";
import { Logins } from "./Logins";
import { RequiredFactor } from "./RequiredFactor";
import { SecondFactor } from "./SecondFactor";

let page: Page;

const AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const login = (id: string, is_this: boolean) => ({ id, agent: AGENT, created_at: "2026-09-01T08:00:00Z", last_seen_at: "2026-09-02T08:00:00Z", is_this });
const factors = (more: Partial<Factors> = {}): Factors => ({
  app_since: "2026-09-01T08:00:00Z", passkeys: [], recovery_left: 10, is_required: false, may_passkeys: true, signed_on_until: null, ...more,
});

const submitDialog = () => act(async () => document.querySelector<HTMLFormElement>("[role=dialog] form")?.requestSubmit());

beforeEach(() => {
  page = new Page();
  page.logIn();
});

afterEach(() => page.end());

test("every login but this one can be ended, one by one or together", async () => {
  page.server.answer("GET /api/me/logins", { logins: [login("aa", true), login("bb", false)] });
  page.server.answer("DELETE /api/me/logins/bb", {});
  page.server.answer("DELETE /api/me/logins", { ended: 1 });
  await page.show(<Logins />);
  expect(page.text()).toContain("This device, now");

  await page.press("End the login of Firefox on Linux");
  await page.press("End all others");
  expect(page.dialog()).toContain("You stay logged in here.");
  await submitDialog();

  expect(page.server.changes().map(({ method, path }) => `${method} ${path}`)).toEqual(["DELETE /api/me/logins/bb", "DELETE /api/me/logins"]);
});

test.each<[Partial<Factors>, string | null]>([
  [{ recovery_left: 4 }, null],
  [{ recovery_left: 3 }, "You have 3 recovery codes left."],
  [{ recovery_left: 0 }, "You have no recovery code left."],
  [{ app_since: null, recovery_left: 0 }, null],
  [{ app_since: null, recovery_left: 0, is_required: true }, "A second factor is required here."],
])("%j is warned of as it should be", async (more, words) => {
  page.server.answer("GET /api/me/second-factor", factors(more));
  await page.show(<SecondFactor />);

  const warned = document.querySelector("[role=status]")?.textContent ?? null;
  expect(warned === null ? null : warned.includes(words ?? "nothing")).toBe(words === null ? null : true);
});

test("new recovery codes need the password and a code, and are shown", async () => {
  page.server.answer("GET /api/me/second-factor", factors());
  page.server.refuse("POST /api/me/second-factor/recovery-codes", 422, "wrong_code", { field: "code" });
  await page.show(<SecondFactor />);
  await page.press("Make new codes");
  await page.type("Your password", "ein Kennwort");
  await page.type("Second factor", "000000");
  await submitDialog();
  expect(page.dialog()).toContain("This code is not right");

  page.server.answer("POST /api/me/second-factor/recovery-codes", { recovery_codes: ["aaaa-bbbb"] });
  await submitDialog();
  expect(page.dialog()).toContain("aaaa-bbbb");
  expect(page.server.changes().at(-1)?.body).toEqual({ password: "ein Kennwort", code: "000000" });
});

test("who is to have a second factor is told with how many have none, and proven", async () => {
  page.server.answer("GET /api/me/second-factor", factors({ app_since: null }));
  page.server.answer("GET /api/settings/login", { second_factor_for: "nobody", without_second_factor: { settings: 1, all: 3 } });
  page.server.answer("PUT /api/settings/login", { second_factor_for: "all", without_second_factor: { settings: 1, all: 3 } });
  await page.show(<RequiredFactor />);
  const control = [...document.querySelectorAll("label")].find((one) => one.textContent === "Required for")?.control;
  await act(async () => control?.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true, cancelable: true })));
  expect(page.dialog()).toContain("3 people have none yet");
  expect(page.dialog()).toContain("They are logged out now");

  await page.type("Your password", "ein Passwort");
  await submitDialog();

  expect(page.server.changes()).toEqual([
    { method: "PUT", path: "/api/settings/login", body: { second_factor_for: "all", proof: { password: "ein Passwort" } } },
  ]);
  expect(page.dialog()).toBeNull();
});

test.each<[string, Partial<Factors>, string, boolean]>([
  ["neither", { app_since: null, recovery_left: 0 }, "prove with single sign-on that it is you", false],
  ["neither, and has just signed on", { app_since: null, recovery_left: 0, signed_on_until: "2026-09-01T08:10:00Z" }, "That is enough until", false],
  ["a second factor alone", {}, "A code of your app, or a recovery code.", true],
])("who has no password and %s is asked for what they have", async (_, more, words, hasCode) => {
  page.logIn({ has_password: false });
  page.server.answer("GET /api/me/second-factor", factors(more));
  page.server.answer("GET /api/settings/login", { second_factor_for: "all", without_second_factor: { settings: 0, all: 0 } });
  await page.show(<RequiredFactor />);
  const control = [...document.querySelectorAll("label")].find((one) => one.textContent === "Required for")?.control;
  await act(async () => control?.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true, cancelable: true })));

  const dialog = page.dialog() ?? "";
  expect(dialog).toContain(words);
  expect(dialog).not.toContain("Your password");
  expect(dialog.includes("Second factor")).toBe(hasCode);
});
