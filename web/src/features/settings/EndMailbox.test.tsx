// @vitest-environment jsdom
import { RouterProvider, createMemoryHistory, createRootRoute, createRouter } from "@tanstack/react-router";
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AccountRow } from "@/api";
import { Page } from "../../../test/page";
import { EndMailbox } from "./EndMailbox";

const ROW = { id: "a1", type: "graph", address: "info@example.org", sign_in: null, users: [], teams: [] } as unknown as AccountRow;
const DELETE = "DELETE /api/accounts/a1", SURE = "Delete mailbox for good", PASSWORD = "Your password";
const NONE = { app_since: null, passkeys: [], recovery_left: 0, is_required: false, may_passkeys: true, signed_on_until: null };

let page: Page;

beforeEach(() => {
  page = new Page();
  page.logIn();
  page.server.answer("GET /api/me/second-factor", NONE);
});

afterEach(() => page.end());

/** The dialog with the address typed. */
async function open(): Promise<void> {
  await show(ROW);
  await page.press("Delete mailbox …");
  await page.type("To confirm, type the address", ROW.address);
}

async function show(row: AccountRow): Promise<void> {
  const component = () => <EndMailbox row={row} patch={() => undefined} />;
  const router = createRouter({ routeTree: createRootRoute({ component }), history: createMemoryHistory() });
  await act(() => router.load());
  await page.show(<RouterProvider router={router} />);
}

const said = () => page.server.changes().map(({ body }) => body);

test("that a proof is needed is said where it can be given, though the page did not know of it", async () => {
  page.server.refuse(DELETE, 422, "proof_needed", { field: "proof" });
  await open();
  expect(page.dialog()).not.toContain(PASSWORD);
  await page.press(SURE);
  expect(page.field(PASSWORD).getAttribute("aria-invalid")).toBe("true");
  await page.type(PASSWORD, "ein Passwort");
  await page.press(SURE);
  expect(said().at(-1)).toEqual({ address: ROW.address, archive: false, discard: false, proof: { password: "ein Passwort" } });
});

test("a wrong password keeps the dialog and what was said in it, and clears itself alone", async () => {
  page.server.answer("GET /api/archives/a1", { id: "a1", state: "on" });
  page.server.refuse(DELETE, 409, "still_waiting", { letters: 1, writers: ["Anna"], changes: 0 });
  await open();
  await page.type(PASSWORD, "falsch");
  await page.press(SURE);
  await page.tick("Discard them");
  page.server.refuse(DELETE, 422, "wrong_password", { field: "proof" });
  await page.press(SURE);
  expect(page.field(PASSWORD).getAttribute("aria-invalid")).toBe("true");
  expect(page.dialog()).toContain("Written by: Anna.");
  const [password, address, discard] = [PASSWORD, "To confirm, type the address", "Discard them"].map((label) => page.field(label) as HTMLInputElement);
  expect([password?.value, address?.value, discard?.checked]).toEqual(["", ROW.address, true]);
  await page.press("Cancel");
  await page.press("Delete mailbox …");
  expect([page.field(PASSWORD).value, page.field("To confirm, type the address").value]).toEqual(["", ""]);
});

test("no password waits in a dialog that was closed", async () => {
  page.server.answer("GET /api/archives/a1", { id: "a1", state: "on" });
  await open();
  await page.type(PASSWORD, "ein Passwort");
  await page.press("Cancel");
  await page.press("Delete mailbox …");
  expect(page.field(PASSWORD).value).toBe("");
});

test("the mailbox that alerts come from is disconnected with a proof, which is asked for when the server says so", async () => {
  const DISCONNECT = "POST /api/accounts/a1/disconnect";
  page.server.refuse(DISCONNECT, 422, "proof_needed", { field: "proof" });
  await show({ ...ROW, sign_in: {} } as AccountRow);
  await page.press("Disconnect");
  expect(page.dialog()).not.toContain(PASSWORD);
  await page.press("Disconnect from Microsoft");
  expect(said().at(-1)).toBeUndefined();
  expect(page.field(PASSWORD).getAttribute("aria-invalid")).toBe("true");
  page.server.answer(DISCONNECT, ROW);
  await page.type(PASSWORD, "ein Passwort");
  await page.press("Disconnect from Microsoft");
  expect(said().at(-1)).toEqual({ proof: { password: "ein Passwort" } });
  expect(page.dialog()).toBeNull();
});
