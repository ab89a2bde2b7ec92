// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Me } from "@/api";
import { Page } from "../../../../test/page";
import { QuietGroup } from "./QuietGroup";
import { dayNames, isWholeDay, timesOfDay, usualWeek } from "./quiet";

const nothing = { is_on: false, time_zone: null, spans: [], paused_until: null, quiet_until: null };

let page: Page;
beforeEach(() => { page = new Page(); });
afterEach(() => page.end());

test("who turns them on for the first time gets evenings and weekends, by the device's clock", async () => {
  const week = usualWeek();
  page.server.answer("GET /api/me/quiet", nothing);
  page.server.answer("PUT /api/me/quiet", { ...nothing, ...week, quiet_until: "2026-09-01T05:00:00Z" });
  await page.show(<QuietGroup me={{ id: "u1" } as Me} />);
  await act(async () => { document.querySelector<HTMLButtonElement>("[role=switch]")?.click(); });

  expect(page.server.changes()).toEqual([{ method: "PUT", path: "/api/me/quiet", body: week }]);
  expect(page.text()).toContain("Quiet until");
  expect(document.querySelectorAll("[aria-pressed=true]").length).toBe(7);

  await act(async () => { document.querySelector<HTMLButtonElement>("[aria-label=Friday]")?.click(); });
  const [, second] = page.server.changes();
  expect((second?.body as typeof week).spans[0]).toEqual({ days: [1, 2, 3, 4], from: "18:00", to: "07:00" });
}, 20_000);

test("a pause is asked for by the device's clock, and can be ended", async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  page.server.answer("GET /api/me/quiet", nothing);
  page.server.answer("PUT /api/me/quiet/pause", { ...nothing, paused_until: until, quiet_until: until });
  page.server.answer("DELETE /api/me/quiet/pause", nothing);
  await page.show(<QuietGroup me={{ id: "u1" } as Me} />);
  await page.press("Pause for an hour");
  const during = page.text();
  await page.press("End the pause");

  expect(during).toContain("Quiet until");
  expect(page.server.changes().map(({ method, path, body }) => [method, path, (body as { how_long?: string } | undefined)?.how_long])).toEqual([
    ["PUT", "/api/me/quiet/pause", "hour"], ["DELETE", "/api/me/quiet/pause", undefined],
  ]);
  expect(page.text()).toContain("You are notified of new mail");
});

test("times are chosen by the half hour; another one stays among them", () => {
  const times = timesOfDay("de", "18:45");
  expect([times.length, times[0]?.label, times.find(({ value }) => value === "18:45")?.label]).toEqual([49, "00:00", "18:45"]);
  expect(timesOfDay("de", "18:00").length).toBe(48);
});

test("days are named in the page's language, Monday first", () => {
  expect(dayNames("de").map(({ short }) => short)).toEqual(["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]);
  expect([{ from: "07:00", to: "07:00" }, { from: "00:00", to: "24:00" }, { from: "18:00", to: "07:00" }].map((each) => isWholeDay({ days: [1], ...each }))).toEqual([true, true, false]);
});
