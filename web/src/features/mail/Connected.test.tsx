// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SyncState } from "@/jmap";
import { Value } from "@/store";
import { Page } from "../../../test/page";
import { type MailView, MailContext } from "./state/mail";
import { Connected } from "./Connected";

let page: Page;
let sync: Value<SyncState | null>;

beforeEach(async () => {
  page = new Page();
  sync = new Value<SyncState | null>(null);
  await page.show(<MailContext value={{ account: { sync } } as unknown as MailView}><Connected onEnd={() => undefined} /></MailContext>);
});

afterEach(() => page.end());

const tell = (told: Partial<SyncState>) => act(async () => { sync.set({ state: "connected", isActive: true, phase: "steady", ...told } as SyncState); });

test("messages are said to be loaded while they are, for the first time", async () => {
  await tell({ phase: "first" });
  const during = page.text();
  await tell({ phase: "steady" });

  expect(during).toBe("The mailbox is connected. Its messages are being loaded.");
  expect(page.text()).not.toContain("being loaded");
});

test("signed in again, where everything is held, nothing is said to be loaded", async () => {
  await tell({});

  expect(page.text()).toBe("The mailbox is connected. New messages arrive by themselves.");
});

test("what is not known yet is not said, nor what would not happen", async () => {
  expect(page.text().trim()).toBe("The mailbox is connected.");
  await tell({ isActive: false });
  expect(page.text().trim()).toBe("The mailbox is connected.");
});

test("a mailbox that has lost its sign-in at once is not called connected", async () => {
  await tell({ state: "sign_in_needed" });

  expect(page.text()).toBe("");
});
