// @vitest-environment jsdom
import "../../../../test/browser";
import { i18n } from "@lingui/core";
import { beforeEach, expect, test, vi } from "vitest";
import { JmapClient } from "@/jmap";
import type { AccountId, EmailId } from "@/jmap";
import { AccountStore } from "@/store";
import { DeedFailed } from "../state/refusals";
import { resumeOf, unsend } from "./unsending";

interface Sub { readonly id: string; readonly emailId: string; readonly identityId: string; readonly sendAt: string; readonly undoStatus: string }

const TOMORROW = new Date(Date.now() + 86_400_000).toISOString();

/** What waits, by account; what was asked to be sent again; and why a wish is refused. */
let waiting: Record<string, readonly Sub[]>;
let sent: { readonly account: string; readonly emailId: string; readonly sendAt: string; readonly "poststelle:marks": unknown }[];
let refusal: string | null;
let drafts: Record<string, Record<string, unknown>>;

const sub = (id: string, emailId: string, sendAt = TOMORROW): Sub => ({ id, emailId, identityId: "i1", sendAt, undoStatus: "pending" });

function answer(name: string, args: Record<string, unknown>): unknown {
  const account = String(args["accountId"]);
  switch (name) {
    case "EmailSubmission/query": return { ids: (waiting[account] ?? []).map(({ id }) => id) };
    case "EmailSubmission/get": return { list: waiting[account] ?? [] };
    case "Email/get": return { list: [drafts[String((args["ids"] as string[])[0])] ?? {}] };
    case "Email/query": return { ids: ["m9"] };
    case "EmailSubmission/set": {
      const [id] = Object.keys((args["update"] ?? {}) as object);
      if (refusal !== null) return id ? { notUpdated: { [id]: { type: refusal } } } : { notCreated: { sending: { type: refusal } } };
      if (id) return { updated: { [id]: null } };
      const made = (args["create"] as { sending: Omit<(typeof sent)[number], "account"> }).sending;
      sent.push({ ...made, account });
      return { created: { sending: { id: "s9", sendAt: made.sendAt } } };
    }
    default: throw new Error(name);
  }
}

const transport = (_: string, body?: unknown): Promise<unknown> => {
  const { methodCalls } = body as { methodCalls: [string, Record<string, unknown>, string][] };
  return Promise.resolve({ methodResponses: methodCalls.map(([name, args, id]) => [name, answer(name, args), id]) });
};

/** An account whose drafts are on screen. */
async function opened(id: string): Promise<AccountStore> {
  const account = new AccountStore(id as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
  account.waiting.subscribe("m1", () => undefined);
  await account.waiting.refresh();
  return account;
}

const M1 = ["m1" as EmailId];

beforeEach(() => {
  i18n.loadAndActivate({ locale: "en", messages: {} });
  [waiting, sent, refusal, drafts] = [{ a1: [sub("s1", "m1")] }, [], null, {}];
});

test("what waits is kept from being sent, and with the way back goes at its time", async () => {
  const account = await opened("a1");
  const unsent = await unsend(account, ["m1" as EmailId, "m2" as EmailId]);
  expect([unsent.submissions.map(({ id }) => id), unsent.refused.size, account.waiting.of("m1")]).toEqual([["s1"], 0, undefined]);

  resumeOf([unsent])(account, M1);
  await vi.waitFor(() => { expect(sent).toMatchObject([{ account: "a1", emailId: "m1", sendAt: TOMORROW, "poststelle:marks": null }]); }, { timeout: 10_000 });
});

test("a message of another mailbox that has the same id is not sent for it", async () => {
  waiting = { a1: [sub("s1", "m1")], a2: [] };
  const [one, other] = [await opened("a1"), await opened("a2")];
  const kept = [await unsend(one, M1), await unsend(other, M1)];

  resumeOf(kept)(other, M1);
  resumeOf(kept)(one, M1);
  await vi.waitFor(() => { expect(sent.map(({ account }) => account)).toEqual(["a1"]); }, { timeout: 10_000 });
});

test("a forward marks what it forwards, as it would have", async () => {
  drafts = { m1: { id: "m1", inReplyTo: null, references: ["first@x", "last@x"] } };
  const account = await opened("a1");
  resumeOf([await unsend(account, M1)])(account, M1);

  await vi.waitFor(() => { expect(sent).toMatchObject([{ "poststelle:marks": { m9: "$forwarded" } }]); }, { timeout: 10_000 });
});

test("what can't be kept from being sent stays, and says why", async () => {
  refusal = "cannotUnsend";
  const unsent = await unsend(await opened("a1"), M1);

  expect([unsent.submissions, [...unsent.refused]]).toEqual([[], [["m1", { type: "cannotUnsend" }]]]);
});

test("what can't be sent at its time again is told of; what has had its time is not sent late", async () => {
  const account = await opened("a1");
  const unsent = await unsend(account, M1);
  refusal = "forbiddenToSend";
  resumeOf([unsent])(account, M1);
  await vi.waitFor(() => { expect(account.problem.get()).toBeInstanceOf(DeedFailed); }, { timeout: 10_000 });

  refusal = null;
  const late = { ...unsent, submissions: unsent.submissions.map((each) => ({ ...each, sendAt: new Date(0).toISOString() })) };
  resumeOf([late])(account, M1);
  await Promise.resolve();
  expect(sent).toEqual([]);
});
