// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AccountRow, SignInRow } from "@/api";
import { Page } from "../../../test/page";
import { SignIns } from "./SignIns";

const OWN = "info@buero.example";
const DEPUTY = "tom@buero.example";
const LAST = "No new mail is fetched and nothing is sent until somebody has signed in at Microsoft again.";

let page: Page;
let row: AccountRow;
let looks: number;

beforeEach(() => {
  page = new Page();
  looks = 0;
});

afterEach(() => page.end());

const signIn = (username: string, state: SignInRow["state"], more: Partial<SignInRow> = {}): SignInRow => ({
  id: `s-${username}`, kind: "own", username, by: "Anna Berger", at: "2026-09-01T08:00:00Z", refreshed_at: "2026-09-01T08:00:00Z",
  state, reason: null, lost_at: null, may_renew: true, may_change: true, ...more,
});

async function show(...sign_ins: SignInRow[]): Promise<void> {
  row = { id: "a1", type: "graph", address: OWN, users: [], sign_ins } as unknown as AccountRow;
  const patch = (change: (old: AccountRow) => AccountRow): void => { row = change(row); };
  await page.show(<SignIns row={row} isMine patch={patch} onChanged={() => { looks += 1; }} />);
}

test("a sign-in is only forgotten after the question, which says who takes over", async () => {
  await show(signIn(OWN, "in_use"), signIn(DEPUTY, "standing_by"));
  page.server.answer(`DELETE /api/mailboxes/a1/sign-ins/s-${OWN}`, { sign_ins: [signIn(DEPUTY, "in_use")] });

  await page.press(`Remove the sign-in ${OWN}`);
  expect(page.server.changes()).toEqual([]);
  expect(page.dialog()).toContain(`${DEPUTY} takes over at once`);
  await page.press("Remove sign-in");

  expect(page.server.changes()).toEqual([{ method: "DELETE", path: `/api/mailboxes/a1/sign-ins/s-${OWN}`, body: undefined }]);
  expect([page.dialog(), looks, row.sign_ins?.map(({ username }) => username)]).toEqual([null, 1, [DEPUTY]]);
});

test("of the only one it says that the mailbox is disconnected, and that mail stays readable", async () => {
  await show(signIn(OWN, "in_use"));

  await page.press(`Remove the sign-in ${OWN}`);
  expect(page.dialog()).toContain(`It is the only one.${LAST} Messages already loaded stay readable`);
  await page.press("Cancel");

  expect([page.dialog(), page.server.changes()]).toEqual([null, []]);
});

test("those that no longer work take over nothing", async () => {
  await show(signIn(OWN, "in_use"), signIn(DEPUTY, "lost", { reason: "AADSTS50173" }));

  await page.press(`Remove the sign-in ${OWN}`);

  expect(page.dialog()).toContain(`None of the others works.${LAST}`);
});

test("without a reserve the mailbox goes on as before", async () => {
  await show(signIn("", "in_use", { kind: "application", id: "s-app" }), signIn(DEPUTY, "standing_by"));

  await page.press(`Remove the sign-in ${DEPUTY}`);

  expect(page.dialog()).toContain("Nothing changes for the mailbox: Access by application is in use and stays so.");
  expect(page.dialog()).not.toContain(LAST);
});

test("a refusal is told in the question, and the sign-in stays", async () => {
  await show(signIn(OWN, "in_use"));
  page.server.refuse(`DELETE /api/mailboxes/a1/sign-ins/s-${OWN}`, 403, "needs_level", { needed: "manage" });

  await page.press(`Remove the sign-in ${OWN}`);
  await page.press("Remove sign-in");

  expect(document.querySelector("[role=dialog] [role=alert]")).not.toBeNull();
  expect([looks, row.sign_ins?.length]).toEqual([0, 1]);
});

test("the last of the mailbox that alerts come from goes with a proof, which is asked for when the server says so", async () => {
  page.logIn();
  page.server.answer("GET /api/me/second-factor", { app_since: null, passkeys: [], recovery_left: 0, is_required: false, may_passkeys: true, signed_on_until: null });
  await show(signIn(OWN, "in_use"));
  page.server.refuse(`DELETE /api/mailboxes/a1/sign-ins/s-${OWN}`, 422, "proof_needed", { field: "proof" });
  await page.press(`Remove the sign-in ${OWN}`);
  expect(page.dialog()).not.toContain("Your password");
  await page.press("Remove sign-in");
  page.server.answer(`DELETE /api/mailboxes/a1/sign-ins/s-${OWN}`, { sign_ins: [] });
  await page.type("Your password", "ein Passwort");
  await page.press("Remove sign-in");
  expect(page.server.changes().at(-1)?.body).toEqual({ proof: { password: "ein Passwort" } });
  expect([page.dialog(), row.sign_ins]).toEqual([null, []]);
});

test("one of lower rank is moved up at once, the first cannot be", async () => {
  const [first, second] = [signIn(OWN, "in_use"), signIn(DEPUTY, "standing_by")];
  await show(first, second);
  page.server.answer(`POST /api/mailboxes/a1/sign-ins/s-${DEPUTY}/up`, { sign_ins: [second, first] });
  expect(() => page.button(`Move ${OWN} up`)).toThrow();

  await page.press(`Move ${DEPUTY} up`);

  expect(row.sign_ins?.map(({ username }) => username)).toEqual([DEPUTY, OWN]);
});

test("who may not change a sign-in is offered nothing", async () => {
  await show(signIn(OWN, "in_use", { may_change: false, may_renew: false }));

  expect(() => page.button(`Remove the sign-in ${OWN}`)).toThrow();
});
