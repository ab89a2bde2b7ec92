// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { User } from "@/api";
import { Page } from "../../../../test/page";
import { UserDialog } from "../UserDialog";
import { Teams } from "./Teams";

let page: Page;

const user = (id: string, name: string, more: Partial<User> = {}): User => ({
  id, login: name.toLowerCase(), name, email: `${name.toLowerCase()}@example.org`, is_active: true, may_settings: false, has_password: true,
  has_second_factor: false, is_signed_on: false, invited_until: null, created_at: "2026-09-01T08:00:00Z", ...more,
});
const PROOF = { password: "ein Passwort" };

const submitDialog = () => act(async () => document.querySelector<HTMLFormElement>("[role=dialog] form")?.requestSubmit());
const change = (who: User) =>
  page.show(<UserDialog state={{ kind: "change", user: who }} onClose={() => undefined} onDone={() => undefined} onInvite={() => undefined} />);

beforeEach(() => {
  page = new Page();
  page.logIn();
  page.server.answer("GET /api/me/second-factor", { app_since: null, passkeys: [], recovery_left: 0, is_required: false, may_passkeys: true, signed_on_until: null });
  page.server.answer("PATCH /api/users/u2", {});
});

afterEach(() => page.end());

test("only what was changed of a user is sent: a right that was taken meanwhile does not come back", async () => {
  await change(user("u2", "Lang"));
  await page.type("E-mail address", "m.lang@example.org");
  await submitDialog();
  expect(page.server.changes().map(({ body }) => body)).toEqual([{ email: "m.lang@example.org" }]);
});

test("nothing changed is nothing sent", async () => {
  await change(user("u2", "Lang"));
  await submitDialog();
  expect(page.server.changes()).toEqual([]);
});

async function makeAdministrator(): Promise<void> {
  await page.tick("Right for the basic settings");
  await page.tick("I have looked: these addresses are Lang's own.");
}

async function confirmWhoCame(): Promise<void> {
  await page.tick("Right for the basic settings");
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.dialog()).toContain("Please confirm this first.");
  await page.tick("I am sure: it was Lang who came by single sign-on.");
}

test.each<[string, Partial<User>, () => Promise<void>, object]>([
  ["the right to the settings", {}, makeAdministrator, { may_settings: true, addresses: ["lang@example.org"] }],
  ["the right to the settings of who has no address, and has come by single sign-on", { email: "", is_signed_on: true }, confirmWhoCame, { may_settings: true, addresses: [], is_who_came: true }],
  ["the end of an administrator's right", { may_settings: true }, () => page.tick("Right for the basic settings"), { may_settings: false }],
  ["an administrator's address", { may_settings: true }, () => page.type("E-mail address", "x@example.org"), { email: "x@example.org" }],
])("%s is given with a proof", async (_, more, press, body) => {
  await change(user("u2", "Lang", more));
  expect(page.dialog()).not.toContain("Your password");
  await press();
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().map((one) => one.body)).toEqual([{ ...body, proof: PROOF }]);
});

const ask = (kind: "deactivate" | "delete", who: User) =>
  page.show(<UserDialog state={{ kind, user: who }} onClose={() => undefined} onDone={() => undefined} onInvite={() => undefined} />);

test.each<["deactivate" | "delete", Partial<User>, object]>([
  ["deactivate", { may_settings: true }, { is_active: false, proof: PROOF }],
  ["delete", { may_settings: true }, { proof: PROOF }],
])("to %s an administrator needs a proof", async (kind, more, body) => {
  page.server.answer("DELETE /api/users/u2?erase_name=false", {});
  await ask(kind, user("u2", "Lang", more));
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().map((one) => one.body)).toEqual([body]);
});

test("to take a name out of the audit trail needs a proof", async () => {
  page.server.answer("DELETE /api/users/u2?erase_name=true", {});
  await ask("delete", user("u2", "Lang"));
  expect(page.dialog()).not.toContain("Your password");
  await page.tick("Also take the name out of the audit trail");
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().map((one) => one.body)).toEqual([{ proof: PROOF }]);
});

test("what is wrong with the proof does not stand at the new password", async () => {
  page.server.refuse("PATCH /api/users/u2", 422, "wrong_password", { field: "proof" });
  await page.show(<UserDialog state={{ kind: "password", user: user("u2", "Lang") }} onClose={() => undefined} onDone={() => undefined} onInvite={() => undefined} />);
  await page.type("New password", "ein langes Passwort");
  await page.type("Your password", "falsch");
  await submitDialog();
  expect(page.field("Your password").getAttribute("aria-invalid")).toBe("true");
  expect(page.field("New password").getAttribute("aria-invalid")).not.toBe("true");
});

test("of a group's members only who comes and goes is sent", async () => {
  page.server.answer("GET /api/teams", { teams: [{ id: "h1", name: "Vermietung", members: ["u2", "u3"], accounts: [] }] });
  page.server.answer("PATCH /api/teams/h1", {});
  await page.show(<Teams users={[user("u2", "Lang"), user("u3", "Thomas"), user("u4", "Anna")]} />);
  await page.press("Change the group Vermietung");
  await page.tick("Anna");
  await page.tick("Thomas");
  await submitDialog();
  expect(page.server.changes().map(({ body }) => body)).toEqual([{ add: ["u4"], remove: ["u3"], confirm: true }]);
});
