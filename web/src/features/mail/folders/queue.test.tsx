// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AccountId, Session, SyncState } from "@/jmap";
import { JmapClient } from "@/jmap";
import { AccountStore, type Waiting } from "@/store";
import { Page } from "../../../../test/page";
import { type MailView, MailContext } from "../state/mail";
import { Queue } from "./Queue";

const SUBMISSION = "urn:ietf:params:jmap:submission";
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();

let page: Page;
let waiting: Waiting[];
let canceled: string[];
let refusal: string | null;

beforeEach(() => {
  page = new Page();
  [waiting, canceled, refusal] = [[], [], null];
});

afterEach(() => page.end());

function transport(path: string, body?: unknown): Promise<unknown> {
  if (path.endsWith("/queue")) return Promise.resolve({ waiting });
  const { methodCalls } = body as { methodCalls: [string, Record<string, unknown>, string][] };
  return Promise.resolve({ methodResponses: methodCalls.map(([name, args, id]) => {
    const [submission = ""] = Object.keys((args["update"] ?? {}) as object);
    if (refusal !== null) return [name, { notUpdated: { [submission]: { type: refusal } } }, id];
    canceled.push(submission);
    waiting = [];
    return [name, { updated: { [submission]: null } }, id];
  }) });
}

const letter = (more: Partial<Waiting>): Waiting => ({
  id: 7, kind: "send", message: null, subject: "Angebot", target: null, at: new Date().toISOString(), attempts: 2, problem: "ServiceUnavailable",
  due_at: IN_AN_HOUR, is_in_flight: false, submission: "e7", waits_for: "service", ...more,
} as Waiting);

async function shown(change: Waiting, { maySend = true } = {}): Promise<string> {
  waiting = [change];
  const account = new AccountStore("a1" as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
  const session = { accounts: { a1: { accountCapabilities: maySend ? { [SUBMISSION]: {} } : {} } } } as unknown as Session;
  const view = { store: { transport }, account, mailbox: { level: maySend ? "send" : "write" }, session } as unknown as MailView;
  await page.show(<MailContext value={view}><Queue pending={1} /></MailContext>);
  await act(async () => { account.sync.set({ id: account.id } as SyncState); });
  return page.text();
}

test("a letter that was tried in vain is said not to be sent, with the reason and when it is tried again", async () => {
  const text = await shown(letter({}));

  expect(text).toContain("Send “Angebot”");
  expect(text).toContain("It has not been sent. Microsoft is not available at the moment, or busy. It is tried again by itself at ");
  expect(text).not.toContain("does not tell");
});

test("where the sign-in is lost, it is said who can help", async () => {
  expect(await shown(letter({ waits_for: "sign_in" }))).toContain("It has not been sent. Somebody must sign in to this mailbox at Microsoft again.");
});

test("while it is tried no time is named that has passed", async () => {
  expect(await shown(letter({ is_in_flight: true, due_at: new Date(0).toISOString() }))).toContain("It is just being tried again.");
});

test.each(["service", "sign_in"] as const)("it can be taken back while it waits for %s", async (waits_for) => {
  await shown(letter({ waits_for }));
  await page.press("Don't send it");

  expect(canceled).toEqual(["e7"]);
  expect(page.text()).toBe("");
});

test("who comes too late is told so", async () => {
  await shown(letter({}));
  refusal = "cannotUnsend";
  await page.press("Don't send it");

  expect(page.text()).toContain("It could not be taken back any more.");
});

test("who may not send is offered no way back", async () => {
  expect(await shown(letter({}), { maySend: false })).not.toContain("Don't send it");
});

test("what was asked for without an answer can't be taken back", async () => {
  const text = await shown(letter({ waits_for: "answer", is_in_flight: true }));

  expect(text).toContain("Microsoft does not tell whether it was sent. It is asked again by itself.");
  expect(text).not.toContain("It has not been sent");
  expect(text).not.toMatch(/Don.t send it|Take back|Try now/);
});
