// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import { Page } from "../../../test/page";
import { pictureSenders } from "@/session";
import { Pictures } from "./Pictures";

let page: Page;

beforeEach(() => {
  page = new Page();
  pictureSenders.forget();
});

afterEach(() => page.end());

test("a sender is taken out of the list, and comes back by undo", async () => {
  const [shop, club] = [{ address: "news@shop.example", allowed_at: "2026-09-01T08:00:00Z" }, { address: "club@x.example", allowed_at: "2026-09-01T08:00:00Z" }];
  page.server.answer("GET /api/me/pictures", { senders: [club, shop] });
  page.server.answer("PUT /api/me/pictures", { senders: [club] });
  await page.show(<Pictures />);
  const before = page.text();
  await page.press("Remove news@shop.example");
  const after = page.text();
  await page.press("Undo");

  expect([before.includes("news@shop.example"), after.includes("news@shop.example"), after.includes("club@x.example")]).toEqual([true, false, true]);
  expect(page.server.changes().map(({ body }) => body)).toEqual([
    { address: "news@shop.example", is_allowed: false }, { address: "news@shop.example", is_allowed: true },
  ]);
});

test("without a sender it says how one comes there", async () => {
  page.server.answer("GET /api/me/pictures", { senders: [] });
  await page.show(<Pictures />);

  expect(page.text()).toContain("No sender yet.");
});
