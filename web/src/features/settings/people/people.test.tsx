// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { User } from "@/api";
import { Page } from "../../../../test/page";
import { Alerts } from "../Alerts";
import { UserDialog } from "../UserDialog";
import { UsersPage } from "../UsersPage";
import { SingleSignOn } from "./SingleSignOn";
import { Teams } from "./Teams";

let page: Page;

const user = (id: string, name: string, more: Partial<User> = {}): User => ({
  id, login: name.toLowerCase(), name, email: `${name.toLowerCase()}@example.org`, is_active: true, may_settings: false, has_password: true,
  has_second_factor: false, is_signed_on: false, is_login_address: false, invited_until: null, created_at: "2026-09-01T08:00:00Z", ...more,
});
const PROOF = { password: "ein Passwort" };

const submitDialog = () => act(async () => document.querySelector<HTMLFormElement>("[role=dialog] form")?.requestSubmit());
const change = (who: User) =>
  page.show(<UserDialog key={who.id} state={{ kind: "change", user: who }} onClose={() => undefined} onDone={() => undefined} onInvite={() => undefined} />);

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

const RIGHT = "Right for the basic settings", ADDRESSES = "I have looked: these addresses are Lang's own.", WHO_CAME = "I am sure: nobody but Lang has come in as Lang so far.";

/** Nothing is sent before all that is asked was confirmed. */
async function confirmAll(labels: readonly string[]): Promise<void> {
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes()).toEqual([]);
  expect(page.dialog()?.split("Please confirm this first.")).toHaveLength(labels.length + 1);
  for (const label of labels) await page.tick(label);
}

async function makeAdministrator(): Promise<void> {
  await page.tick(RIGHT);
  expect(page.dialog()).toContain("The password and the second factor of Lang stay");
  await confirmAll([ADDRESSES, WHO_CAME]);
}

async function confirmWhoCame(): Promise<void> {
  await page.tick(RIGHT);
  expect(page.dialog()).toContain("goes on coming in");
  await confirmAll([WHO_CAME]);
}

async function clearAddress(): Promise<void> {
  await page.type("E-mail address", "");
  expect(page.dialog()).toContain("goes on coming in");
  await confirmAll([WHO_CAME]);
}

test.each<[string, Partial<User>, () => Promise<void>, object]>([
  ["the right to the settings", {}, makeAdministrator, { may_settings: true, addresses: ["lang@example.org"], is_who_came: true }],
  ["the right to the settings of who has no address, and has come by single sign-on", { email: "", is_signed_on: true, has_password: false }, confirmWhoCame, { may_settings: true, addresses: [], is_who_came: true }],
  ["the end of an administrator's right", { may_settings: true }, () => page.tick("Right for the basic settings"), { may_settings: false }],
  ["the end of the last address of an administrator who has come by single sign-on", { may_settings: true, is_signed_on: true }, clearAddress, { email: "", is_who_came: true }],
  ["an administrator's address", { may_settings: true }, () => page.type("E-mail address", "x@example.org"), { email: "x@example.org" }],
])("%s is given with a proof", async (_, more, press, body) => {
  await change(user("u2", "Lang", more));
  expect(page.dialog()).not.toContain("Your password");
  await press();
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().map((one) => one.body)).toEqual([{ ...body, proof: PROOF }]);
});

const provider = (more: object = {}) => ({
  provider: { issuer: "https://id.example", client_id: "x", name: "Büro-Konto", has_secret: true, creates_users: false, trusts_addresses: true, trusts_second_factor: false, ...more },
  redirect: "https://post.example/sign-in/sso/callback",
});

test.each<[string, Partial<User>, boolean, boolean]>([
  ["the right is given, and addresses count", { has_password: false }, true, true],
  ["the right is given, and addresses count for nothing", { has_password: false }, false, false],
  ["an administrator's address is another", { may_settings: true }, true, true],
  ["an administrator's address is another, and addresses count for nothing", { may_settings: true }, false, false],
])("who has come by single sign-on is told to be out, or is asked about, where %s", async (_, more, trusts_addresses, isOut) => {
  page.server.answer("GET /api/settings/sso", provider({ trusts_addresses }));
  await change(user("u2", "Lang", { is_signed_on: true, ...more }));
  if (more.may_settings) await page.type("E-mail address", "m.lang@example.org");
  else await page.tick(RIGHT);
  expect(page.dialog()?.includes("Whoever it was is logged out everywhere")).toBe(isOut);
  expect(page.dialog()?.includes(WHO_CAME)).toBe(!isOut);
});

test("another address ends nothing where nobody has come by single sign-on, and of oneself", async () => {
  await change(user("u2", "Lang", { may_settings: true }));
  await page.type("E-mail address", "m.lang@example.org");
  expect(page.dialog()).not.toContain("logged out");
  page.server.answer("GET /api/settings/sso", provider());
  await change(user("u1", "Sabine", { may_settings: true, is_signed_on: true }));
  await page.type("E-mail address", "s@example.org");
  expect(page.dialog()).not.toContain("logged out");
});

test("a login that the provider told is no address to confirm; one that was chosen is", async () => {
  await change(user("u2", "Lang", { login: "lang@told.example", has_password: false }));
  await page.tick(RIGHT);
  expect(page.dialog()).not.toContain("lang@told.example");
  await change(user("u3", "Lang", { login: "lang@chosen.example", is_login_address: true, has_password: false }));
  await page.tick(RIGHT);
  expect(page.dialog()).toContain("lang@chosen.example");
});

test("what the server alone knows is asked when it says so", async () => {
  page.server.answer("GET /api/settings/sso", provider());
  page.server.refuse("PATCH /api/users/u2", 422, "comer_unconfirmed", { field: "is_who_came" });
  await change(user("u2", "Lang", { is_signed_on: true, has_password: false }));
  await page.tick(RIGHT);
  await page.type("Your password", PROOF.password);
  await page.tick(ADDRESSES);
  await submitDialog();
  expect(page.dialog()).toContain("goes on coming in");
  page.server.refuse("PATCH /api/users/u2", 422, "wrong_password", { field: "proof" });
  await page.tick(WHO_CAME);
  await submitDialog();
  page.server.answer("PATCH /api/users/u2", {});
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().at(-1)?.body).toEqual({ may_settings: true, addresses: ["lang@example.org"], is_who_came: true, proof: PROOF });
});

test("an address by which somebody else is found is given with a proof, which is asked for when the server says so", async () => {
  page.server.refuse("PATCH /api/users/u2", 409, "address_taken", { field: "email" });
  await change(user("u2", "Lang"));
  await page.type("E-mail address", "info@example.org");
  await submitDialog();
  expect(document.activeElement).toBe(page.field("E-mail address"));
  expect(page.dialog()).toContain("Your password");
  await page.type("E-mail address", "laden@example.org");
  expect(page.dialog()).not.toContain("Your password");
  await submitDialog();
  page.server.answer("PATCH /api/users/u2", {});
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().at(-1)?.body).toEqual({ email: "laden@example.org", proof: PROOF });
});

test("somebody is told no more by alerts with a proof, and more are without", async () => {
  const told = { mailbox: null, mail_to: [], language: "en", webhook_url: "https://hook.example/a" };
  page.server.answer("GET /api/settings/alerts", told);
  page.server.answer("GET /api/accounts?type=external", { accounts: [] });
  page.server.answer("PUT /api/settings/alerts", { ...told, secret: null });
  await page.show(<Alerts />);
  expect(page.text()).not.toContain("Your password");
  await page.type("Webhook", "");
  await page.type("Your password", PROOF.password);
  await page.press("Save alerts");
  expect(page.server.changes().at(-1)?.body).toEqual({ ...told, webhook_url: null, wants_secret: false, proof: PROOF });
});

test.each<[string, Partial<User>, object]>([
  ["an administrator", { may_settings: true }, { proof: PROOF }],
  ["anybody else", {}, {}],
])("%s is detached from single sign-on as it has to be proven", async (_, more, body) => {
  page.server.answer("DELETE /api/users/u2/identity", {});
  await page.show(<UserDialog state={{ kind: "forget", user: user("u2", "Lang", more) }} onClose={() => undefined} onDone={() => undefined} onInvite={() => undefined} />);
  expect(page.dialog()?.includes("Your password")).toBe("may_settings" in more);
  if (more.may_settings) await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().map((one) => one.body)).toEqual([body]);
});

test("single sign-on is removed with a proof; a wrong password keeps the dialog and clears itself alone", async () => {
  page.server.answer("GET /api/settings/sso", provider());
  page.server.answer("GET /api/me/second-factor", { app_since: "2026-09-01T08:00:00Z", passkeys: [], recovery_left: 9, is_required: false, may_passkeys: true, signed_on_until: null });
  page.server.refuse("DELETE /api/settings/sso", 422, "wrong_password", { field: "proof" });
  await page.show(<SingleSignOn />);
  await page.press("Remove single sign-on …");
  await page.type("Your password", "falsch");
  await page.type("Second factor", "123456");
  await submitDialog();
  expect(page.field("Your password").getAttribute("aria-invalid")).toBe("true");
  expect(document.activeElement).toBe(page.field("Your password"));
  expect([page.field("Your password").value, page.field("Second factor").value]).toEqual(["", "123456"]);
  page.server.answer("DELETE /api/settings/sso", { ...provider(), provider: null });
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().at(-1)?.body).toEqual({ proof: { ...PROOF, code: "123456" } });
  expect(page.text()).toContain("Not set up.");
});

/** A menu opens by its key: jsdom knows no pointer. */
async function choose(menu: string, item: string): Promise<void> {
  await act(async () => { page.button(menu).dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })); });
  const found = [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find((one) => one.textContent === item);
  if (!found) throw new Error(`no ${item} in the menu: ${page.text()}`);
  await act(async () => { found.click(); });
}

async function showDeactivated(more: Partial<User>): Promise<void> {
  page.server.answer("GET /api/users", { users: [user("u2", "Lang", { is_active: false, ...more })] });
  page.server.answer("GET /api/teams", { teams: [] });
  await page.show(<UsersPage />);
}

test("to activate an administrator is asked with a proof, and offers no undo that would need one", async () => {
  await showDeactivated({ may_settings: true });
  await choose("Actions for Lang", "Activate …");
  expect(page.server.changes()).toEqual([]);
  await page.type("Your password", PROOF.password);
  await submitDialog();
  expect(page.server.changes().map((one) => one.body)).toEqual([{ is_active: true, proof: PROOF }]);
  expect(page.text()).not.toContain("Undo");
});

test("anybody else is activated at once, which can be undone", async () => {
  await showDeactivated({});
  await choose("Actions for Lang", "Activate");
  await page.press("Undo");
  expect(page.server.changes().map((one) => one.body)).toEqual([{ is_active: true }, { is_active: false }]);
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
