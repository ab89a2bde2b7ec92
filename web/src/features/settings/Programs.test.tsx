// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ApiToken } from "@/api";
import { Page } from "../../../test/page";
import { Programs } from "./Programs";

let page: Page;

const MAILBOXES = [{ id: "a1", address: "info@buero.example" }, { id: "a2", address: "chef@buero.example" }];
const SECRET = "pst_geheim";

const token = (more: Partial<ApiToken> = {}): ApiToken => ({
  id: "k1", name: "Thunderbird", level: "send", mailboxes: null, created_at: "2026-09-01T08:00:00Z", expires_at: null,
  last_used_at: null, administration: "none", ...more,
});

let mayAdminister = false;

async function show(...tokens: ApiToken[]): Promise<void> {
  page.server.answer("GET /api/me/tokens", { tokens });
  page.server.answer("GET /api/mailboxes", MAILBOXES);
  await page.show(<Programs login="anna" mayAdminister={mayAdminister} />);
}

/** In a closed list, the letters choose what begins with them. */
async function typeAhead(label: string, letters: string): Promise<void> {
  const control = [...document.querySelectorAll("label")].find((one) => one.textContent === label)?.control;
  await act(async () => {
    for (const key of letters) control?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  });
}

beforeEach(() => {
  page = new Page();
  page.logIn();
  mayAdminister = false;
});

afterEach(() => page.end());

test("each program shows what it may, where, and when it was used", async () => {
  await show(
    token(),
    token({ id: "k2", name: "Skript", level: "read", mailboxes: ["a1"], expires_at: "2026-09-30T08:00:00Z", last_used_at: "2026-09-02T08:00:00Z" }),
    token({ id: "k3", name: "Alt", mailboxes: ["a9"] }),
  );

  expect(page.text()).toContain("ThunderbirdSend · all my mailboxesnever used");
  expect(page.text()).toContain("SkriptRead · info@buero.examplelast used");
  expect(page.text()).toContain("ended on Sep 30, 2026");
  expect(page.text()).toContain("AltSend · no mailbox any more");
});

test("a new one shows its secret once, with where and as whom to log in", async () => {
  await show();
  expect(page.text()).toContain("None yet.");
  page.server.answer("POST /api/me/tokens", { token: token({ id: "k7", name: "Handy" }), secret: SECRET });
  await page.press("Add program");
  await page.type("Name of the program", "Handy");
  await page.tick("All my mailboxes");
  await page.tick("chef@buero.example");
  await page.type("Your password", "ein Kennwort");
  await page.press("Create access");

  expect(page.server.changes()).toEqual([{
    method: "POST", path: "/api/me/tokens",
    body: { name: "Handy", level: "send", password: "ein Kennwort", days: null, mailboxes: ["a2"], administration: "none" },
  }]);
  expect(page.dialog()).toContain("The password below is shown only now.");
  expect([page.field("Login name").value, page.field("Password or token").value]).toEqual(["anna", SECRET]);
  expect(page.field("Server (JMAP)").value).toMatch(/\/jmap\/session$/);
  await page.press("Done");
  expect(page.dialog()).toBe(null);
  expect(document.body.innerHTML).not.toContain(SECRET);
});

test("who has the right to the settings makes one that administers and opens no mail", async () => {
  mayAdminister = true;
  await show(token({ id: "k4", name: "Wache", level: "read", mailboxes: [], administration: "read" }));
  expect(page.text()).toContain("Wachesees the administration · Read · no mailbox");
  page.server.answer("POST /api/me/tokens", { token: token({ id: "k7", name: "Skript" }), secret: SECRET });
  await page.press("Add program");
  await page.type("Name of the program", "Skript");
  await typeAhead("Administration", "see a");
  await page.type("Your password", "ein Kennwort");
  await page.press("Create access");

  expect(page.server.changes()[0]?.body).toMatchObject({ mailboxes: [], administration: "write" });
  expect(page.field("Administration API").value).toMatch(/\/api\/v1$/);
});

test("what was refused stands at its field, and nothing typed is lost", async () => {
  await show();
  page.server.refuse("POST /api/me/tokens", 422, "wrong_password", { field: "password" });
  await page.press("Add program");
  await page.type("Name of the program", "Handy");
  await page.type("Your password", "falsch");
  await page.press("Create access");

  expect(page.dialog()).toContain("The present password is not right.");
  expect(page.field("Name of the program").value).toBe("Handy");
});

test("revoking asks first", async () => {
  await show(token());
  page.server.answer("DELETE /api/me/tokens/k1", {});
  await page.press("Revoke the access of Thunderbird");
  expect(page.server.changes()).toEqual([]);
  expect(page.dialog()).toContain("Revoke the access of Thunderbird?");
  page.server.answer("GET /api/me/tokens", { tokens: [] });
  await page.press("Revoke access");

  expect(page.server.changes()).toEqual([{ method: "DELETE", path: "/api/me/tokens/k1", body: undefined }]);
  expect([page.dialog(), page.text().includes("None yet.")]).toEqual([null, true]);
});
