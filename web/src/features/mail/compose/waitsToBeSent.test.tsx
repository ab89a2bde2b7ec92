// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AccountId, Email, Session, Submission, SyncState } from "@/jmap";
import { JmapClient } from "@/jmap";
import { AccountStore } from "@/store";
import { Page } from "../../../../test/page";
import { type MailView, MailContext } from "../state/mail";
import { WaitsToBeSent } from "./WaitsToBeSent";

const FOR_AN_HOUR = new Date(Date.now() - 3_600_000).toISOString();
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();

let page: Page;
let canceled: string[];

beforeEach(() => { page = new Page(); canceled = []; });

afterEach(() => page.end());

/** What stands above the draft of this submission. */
async function shown(told: Partial<Submission>, state: SyncState["state"] = "connected"): Promise<string> {
  const submission = { id: "e7", emailId: "m1", sendAt: FOR_AN_HOUR, undoStatus: "pending", "poststelle:waitsFor": null, "poststelle:retryAt": null, ...told };
  const transport = (_: string, body?: unknown): Promise<unknown> => {
    const { methodCalls } = body as { methodCalls: [string, Record<string, unknown>, string][] };
    return Promise.resolve({ methodResponses: methodCalls.map(([name, args, id]) => {
      if (name === "EmailSubmission/set") canceled.push(...Object.keys(args["update"] as object));
      return [name, { ids: ["e7"], list: [submission], updated: {} }, id];
    }) });
  };
  const account = new AccountStore("a1" as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
  const session = { accounts: { a1: { accountCapabilities: { "urn:ietf:params:jmap:submission": {} } } } } as unknown as Session;
  const view = { account, writing: { isPossible: true, openDraft: () => undefined }, deeds: {}, session } as unknown as MailView;
  await page.show(<MailContext value={view}><WaitsToBeSent email={{ id: "m1" } as Email} /></MailContext>);
  await act(async () => {
    account.sync.set({ id: account.id, state } as SyncState);
    await account.waiting.refresh();
  });
  return page.text();
}

test("what waits for its time says when that is", async () => {
  expect(await shown({ sendAt: IN_AN_HOUR })).toContain("It will be sent ");
});

test("what was tried in vain says so, and when it is tried again", async () => {
  const text = await shown({ "poststelle:waitsFor": "service", "poststelle:retryAt": IN_AN_HOUR });

  expect(text).toContain("Not sent so far");
  expect(text).toContain("It is tried again by itself at ");
  await page.press("Don't send it, continue writing");
  expect(canceled).toEqual(["e7"]);
});

test("what waits for a sign-in says so, also where nothing was tried since that was lost", async () => {
  expect(await shown({ "poststelle:waitsFor": "sign_in" })).toContain("Not sent so farSomebody must sign in to this mailbox");
  expect(await shown({}, "sign_in_needed")).toContain("Not sent so farSomebody must sign in to this mailbox");
});

test("no time is named that has passed", async () => {
  const text = await shown({});

  expect(text).not.toContain("It will be sent");
  expect(text).toContain("It leaves as soon as Microsoft takes it.");
});
