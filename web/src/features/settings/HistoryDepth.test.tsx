// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AccountRow } from "@/api";
import { Page } from "../../../test/page";
import { HistoryDepth } from "./HistoryDepth";

const PATH = "/api/accounts/a1/history";
const BEGINS = "2026-05-27T00:00:00Z";

let page: Page;
let row: AccountRow;

beforeEach(async () => {
  page = new Page();
  row = { id: "a1", type: "graph", address: "info@buero.example", history_months: 6, history_from: "2026-03-01T00:00:00Z" } as unknown as AccountRow;
  await page.show(<HistoryDepth row={row} patch={(change) => { row = change(row); }} />);
});

afterEach(() => page.end());

/** What the server says the choice would do. */
const foresee = (removes: number): void => {
  page.server.answer(`GET ${PATH}?months=6`, { months: 6, begins: BEGINS, removes, fetches_more: false });
};

const CHOSEN = { id: "a1", history_months: 6, history_from: BEGINS };

const AGAIN = "Count the months from today";

test("where nothing goes, nothing is confirmed", async () => {
  foresee(0);
  page.server.answer(`PUT ${PATH}`, CHOSEN);
  await page.press(AGAIN);
  await page.press("Apply");

  expect(page.server.changes()).toEqual([{ method: "PUT", path: PATH, body: { months: 6, confirm: false } }]);
  expect([page.dialog(), row.history_from]).toEqual([null, BEGINS]);
});

test("what was shown to go is confirmed", async () => {
  foresee(12);
  page.server.answer(`PUT ${PATH}`, CHOSEN);
  await page.press(AGAIN);
  expect(page.dialog()).toContain("The copies of 12 older messages are removed here.");
  await page.press("Remove older copies");

  expect(page.server.changes()).toEqual([{ method: "PUT", path: PATH, body: { months: 6, confirm: true } }]);
});

test("what has come to go meanwhile is shown before it goes", async () => {
  foresee(0);
  page.server.refuse(`PUT ${PATH}`, 422, "removal_not_confirmed", { field: "confirm", removes: 2, begins: BEGINS });
  await page.press(AGAIN);
  foresee(2);
  await page.press("Apply");

  expect(page.dialog()).toContain("The copies of 2 older messages are removed here.");
  page.server.answer(`PUT ${PATH}`, CHOSEN);
  await page.press("Remove older copies");
  expect(page.server.changes().map(({ body }) => body)).toEqual([{ months: 6, confirm: false }, { months: 6, confirm: true }]);
});
