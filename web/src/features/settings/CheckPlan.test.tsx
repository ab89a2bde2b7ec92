// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import { Page } from "../../../test/page";
import { CheckPlan } from "./CheckPlan";

const RATE = "Requests a minute";
const PLAN = { time: "03:00", requests_a_minute: 120 };

let page: Page;

beforeEach(async () => {
  page = new Page();
  page.server.answer("GET /api/settings/checks", PLAN);
  await page.show(<CheckPlan />);
});

afterEach(() => page.end());

const bodies = (): readonly unknown[] => page.server.changes().map(({ body }) => body);

test("the plan is shown, and looking at it changes nothing", async () => {
  expect([page.field("Begins at").value, page.field(RATE).value]).toEqual(["03:00", "120"]);

  for (const label of ["Begins at", RATE]) {
    await page.type(label, page.field(label).value);
    await page.leave(label);
  }

  expect(bodies()).toEqual([]);
});

test("a new rate counts as soon as the field is left, and can be taken back", async () => {
  page.server.answer("PUT /api/settings/checks", { ...PLAN, requests_a_minute: 60 });
  await page.type(RATE, "60 a minute");
  expect([page.field(RATE).value, bodies()]).toEqual(["60", []]);
  await page.leave(RATE);
  expect([page.field(RATE).value, bodies()]).toEqual(["60", [{ requests_a_minute: 60 }]]);

  page.server.answer("PUT /api/settings/checks", PLAN);
  await page.press("Undo");

  expect([page.field(RATE).value, bodies().at(-1)]).toEqual(["120", { requests_a_minute: 120 }]);
});

test("a new time counts as soon as the field is left", async () => {
  page.server.answer("PUT /api/settings/checks", { ...PLAN, time: "01:30" });
  await page.type("Begins at", "01:30");
  await page.leave("Begins at");

  expect([page.field("Begins at").value, bodies()]).toEqual(["01:30", [{ time: "01:30" }]]);
});

test("Escape brings back what is in force", async () => {
  await page.type(RATE, "9");
  await page.key(RATE, "Escape");
  await page.leave(RATE);

  expect([page.field(RATE).value, bodies()]).toEqual(["120", []]);
});

test("a refused rate is told, and stays to be corrected", async () => {
  page.server.refuse("PUT /api/settings/checks", 422, "invalid_rate", { field: "requests_a_minute" });
  await page.type(RATE, "9999");
  await page.key(RATE, "Enter");

  expect(document.querySelector("[role=alert]")).not.toBeNull();
  expect(page.field(RATE).value).toBe("9999");
});
