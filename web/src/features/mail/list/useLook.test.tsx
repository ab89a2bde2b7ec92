// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AccountId, MailboxId, Transport } from "@/jmap";
import { Page } from "../../../../test/page";
import { useLook } from "./useLook";

let page: Page;
let told: unknown[];

const transport: Transport = (path, body, method) => {
  told.push([method, path, body]);
  return Promise.resolve({});
};

const INBOX = ["POST", "/api/mailboxes/a1/look", { folder: "f1" }];

function List({ folder }: { readonly folder: string }) {
  useLook(transport, [{ account: "a1" as AccountId, folder: folder as MailboxId }]);
  return null;
}

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  page = new Page();
});

afterEach(async () => {
  turn("visible");
  await page.end();
  vi.useRealTimers();
});

/** As a browser does when another tab comes to the front, or this one again. */
function turn(visibilityState: DocumentVisibilityState): void {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => visibilityState });
  document.dispatchEvent(new Event("visibilitychange"));
}

test("the folder on screen is told at once and each minute", async () => {
  await page.show(<List folder="f1" />);
  expect(told).toEqual([INBOX]);

  await act(async () => { await vi.advanceTimersByTimeAsync(60_000); });
  expect(told).toEqual([INBOX, INBOX]);
});

test("another folder is told at once, and no longer the first", async () => {
  await page.show(<List folder="f1" />);
  await page.show(<List folder="f2" />);
  await act(async () => { await vi.advanceTimersByTimeAsync(60_000); });

  expect(told.slice(1)).toEqual([1, 2].map(() => ["POST", "/api/mailboxes/a1/look", { folder: "f2" }]));
});

test("behind another tab nothing is told; in front again, at once", async () => {
  await page.show(<List folder="f1" />);
  turn("hidden");
  await act(async () => { await vi.advanceTimersByTimeAsync(150_000); });
  expect(told).toEqual([INBOX]);

  turn("visible");
  expect(told).toEqual([INBOX, INBOX]);
});

test("a page that is left tells nothing more", async () => {
  await page.show(<List folder="f1" />);
  await page.show(null);
  turn("visible");
  await vi.advanceTimersByTimeAsync(60_000);

  expect(told).toEqual([INBOX]);
});
