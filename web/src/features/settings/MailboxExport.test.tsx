// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AccountId, ExportRow } from "@/api";
import { addRefusals } from "@/session";
import { Page } from "../../../test/page";
import { MailboxExport } from "./MailboxExport";
import { settingsRefusals } from "./refusals";

const PATH = "/api/mailboxes/a1/exports";
const RUNNING: ExportRow = { id: 7, folder: null, format: "zip", state: "running", done: 200, total: 1_000, left_out: 0 };

let page: Page;
let loaded: string[];

beforeEach(async () => {
  addRefusals(settingsRefusals);
  vi.useFakeTimers();
  page = new Page();
  loaded = [];
  tell([], true);
  await page.show(<MailboxExport id={"a1" as AccountId} load={(path) => { loaded.push(path); }} />);
});

afterEach(async () => {
  await page.end();
  vi.useRealTimers();
});

function tell(exports: readonly ExportRow[], mayBegin: boolean): void {
  page.server.answer(`GET ${PATH}`, { exports, may_begin: mayBegin });
}

const wait = () => act(async () => { await vi.advanceTimersByTimeAsync(1_000); });

test("an export shows how far it is, and what is missing in the end", async () => {
  await page.press("ZIP");
  expect(loaded).toEqual(["/api/mailboxes/a1/export?format=zip"]);
  tell([RUNNING], true);
  await wait();
  expect(page.text()).toContain("200 of 1,000 messages are in the file.");
  tell([{ ...RUNNING, state: "done", done: 1_000, left_out: 2 }], true);
  await wait();
  expect(page.text()).toContain("998 messages were exported.");
  expect(page.text()).toContain("2 messages could not be read on the server and are missing.");
  const asked = page.server.asked.length;
  await wait();
  expect(page.server.asked.length).toBe(asked);
});

test("an export that broke off is told", async () => {
  await page.press("mbox");
  tell([{ ...RUNNING, format: "mbox", state: "broken_off" }], true);
  await wait();
  expect(page.text()).toContain("The export broke off");
});

test("no more exports are begun than may be", async () => {
  tell([], false);
  await page.press("ZIP");
  expect(loaded).toEqual([]);
  expect(page.text()).toContain("Exports are under way already.");
});
