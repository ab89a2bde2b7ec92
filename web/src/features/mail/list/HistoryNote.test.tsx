// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Value } from "@/store";
import { Page } from "../../../../test/page";
import { type MailView, MailContext } from "../state/mail";
import { HistoryNote } from "./HistoryNote";

let page: Page;
let sync: Value<{ historyFrom?: string | null } | null>;

beforeEach(async () => {
  page = new Page();
  sync = new Value<{ historyFrom?: string | null } | null>(null);
  await page.show(<MailContext value={{ account: { sync } } as unknown as MailView}><HistoryNote /></MailContext>);
});

afterEach(() => page.end());

test("a mailbox that holds everything says nothing", async () => {
  expect(page.text()).toBe("");
  await act(async () => { sync.set({ historyFrom: null }); });
  expect(page.text()).toBe("");
});

test("one whose history begins on a day says where the older mail is", async () => {
  await act(async () => { sync.set({ historyFrom: "2026-05-27T00:00:00Z" }); });
  expect(page.text()).toBe("Mail received before May 27, 2026 is only at Microsoft.");
});
