import { expect, test } from "vitest";
import type { AccountId, Email, EmailId, Mailbox, ThreadId } from "@/jmap";
import type { Invocation, KeptMail } from "./answers";
import { NOT_KEPT, answerCalls } from "./answers";
import type { KeptAccount } from "./kept";

const accountId = "a1" as AccountId;
const account = {
  id: accountId, mailboxes: [{ id: "f1", role: "inbox" }] as unknown as readonly Mailbox[], mailboxState: "1.5", emailState: "1.7", threadState: "1.7",
  sync: null, ids: [], unfit: [], size: 0, at: "",
} as KeptAccount;

const row = (id: string, thread: string, minute: number): Email =>
  ({ id, threadId: thread as ThreadId, mailboxIds: { f1: true }, keywords: {}, receivedAt: `2026-09-01T12:0${String(minute)}:00Z` }) as unknown as Email;

const kept: KeptMail = {
  account: (id) => Promise.resolve(id === accountId ? account : undefined),
  rows: () => Promise.resolve([row("m1", "t1", 1), row("m2", "t2", 2), row("m3", "t1", 3)]),
  body: () => Promise.resolve(undefined),
};

const inInbox = { accountId, filter: { inMailbox: "f1" }, sort: [], limit: 10 };
const ask = async (...calls: Invocation[]) => (await answerCalls(kept, calls)).map(([, answer]) => answer);

test("a threaded list has one row for each thread, and all messages of them, in one request", async () => {
  const [query, , threads, rows] = await ask(
    ["Email/query", { ...inInbox, collapseThreads: true }, "q"],
    ["Email/get", { accountId, "#ids": { resultOf: "q", name: "Email/query", path: "/ids" }, properties: ["threadId"] }, "h"],
    ["Thread/get", { accountId, "#ids": { resultOf: "h", name: "Email/get", path: "/list/*/threadId" } }, "t"],
    ["Email/get", { accountId, "#ids": { resultOf: "t", name: "Thread/get", path: "/list/*/emailIds" }, properties: ["id"] }, "r"],
  );
  expect(query).toMatchObject({ ids: ["m3", "m2"], total: 2 });
  expect(threads?.["list"]).toEqual([{ id: "t1", emailIds: ["m1", "m3"] }, { id: "t2", emailIds: ["m2"] }]);
  expect((rows?.["list"] as { id: EmailId }[]).map(({ id }) => id).toSorted()).toEqual(["m1", "m2", "m3"]);
});

test("pages go on behind an anchor, and nothing is told of a row that is not kept", async () => {
  const [next, beyond] = await ask(
    ["Email/query", { ...inInbox, anchor: "m3", anchorOffset: 1, limit: 1 }, "a"], ["Email/query", { ...inInbox, position: 50 }, "b"],
  );
  expect(next).toMatchObject({ position: 1, ids: ["m2"] });
  expect(beyond).toEqual(NOT_KEPT);
});

test("nothing has changed since", async () => {
  const [changes, news] = await ask(
    ["Email/changes", { accountId, sinceState: "1.9" }, "c"],
    ["Email/get", { accountId, "#ids": { resultOf: "c", name: "Email/changes", path: "/created" } }, "g"],
  );
  expect(changes).toMatchObject({ oldState: "1.9", newState: "1.9", created: [], hasMoreChanges: false });
  expect(news).toMatchObject({ state: "1.7", list: [] });
});

test.each<[string, Invocation]>([
  ["another account", ["Mailbox/get", { accountId: "a2", ids: null }, "x"]],
  ["another folder", ["Email/query", { ...inInbox, filter: { inMailbox: "f2" } }, "x"]],
  ["words", ["Email/query", { ...inInbox, filter: { operator: "AND", conditions: [{ inMailbox: "f1" }, { text: "Wartung" }] } }, "x"]],
  ["a message that may be there", ["Email/get", { accountId, ids: ["m9"] }, "x"]],
  ["a body that was too long", ["Email/get", { accountId, ids: ["m1"], fetchHTMLBodyValues: true }, "x"]],
  ["a property that is not kept", ["Email/get", { accountId, ids: ["m1"], properties: ["messageId"] }, "x"]],
  ["identities", ["Identity/get", { accountId, ids: null }, "x"]],
])("nothing is said of %s", async (_, call) => {
  expect(await ask(call)).toEqual([NOT_KEPT]);
});
