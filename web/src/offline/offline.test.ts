import { beforeEach, describe, expect, test } from "vitest";
import type { AccountId, EmailId, Session, Transport } from "@/jmap";
import { JmapClient, Offline } from "@/jmap";
import type { Start } from "@/api";
import { AccountStore, moveEmails } from "@/store";
import { MemoryShelf } from "../../test/shelf";
import { World, archive, inbox } from "../../test/world";
import { MOST_MESSAGES, keepRecent } from "./keeper";
import type { Situation } from "./keeper";
import { withKept } from "./transport";

const id = "a1" as AccountId;
const session = { state: "s", apiUrl: "/jmap/api" } as Session;
const start = { setup_needed: false, user: { id: "u1" }, version: "1", is_demo: false } as unknown as Start;
const assigned = [{ id: "a1" }, { id: "a2" }];
const noon = () => new Date("2026-09-01T12:00:00Z");

let world: World;
let shelf: MemoryShelf;
beforeEach(() => {
  world = new World();
  shelf = new MemoryShelf();
});

const keep = (change: Partial<Situation> = {}) => keepRecent(shelf, { start, session, assigned, favourites: null, opened: [world.account], ...change }, noon);

/** A page that begins now, over the line that may be cut. */
function page({ isCut = false } = {}): AccountStore {
  const transport = withKept({ transport: world.transport(), kept: () => shelf, isCut: () => isCut, onAnswer: () => undefined });
  return new AccountStore(id, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 32 }), () => new Promise((resolve) => { world.pauses.push(resolve); }));
}

async function opened(account: AccountStore, mailboxId = inbox, filter: "all" | "unread" = "all") {
  await account.refresh();
  const list = account.list({ mailboxId, filter });
  list.subscribe(() => undefined);
  list.look({ from: 0, to: 20 });
  await list.refresh();
  return list;
}

describe("what is kept", () => {
  test("is the newest of the inbox, each with its body", async () => {
    await keep();
    const newest = world.ids().slice(0, MOST_MESSAGES);

    const account = await shelf.account(id);
    expect([account?.ids, account?.at]).toEqual([newest, "2026-09-01T12:00:00.000Z"]);
    expect([...(await shelf.bodyIds(id))].toSorted()).toEqual(newest.toSorted());
  });

  test("follows marks, arrivals and moves, and asks for nothing twice", async () => {
    await keep();
    const [first, second] = [world.id(0), world.id(1)];
    const emails = world.server.emails;
    const [marked, moved] = [emails.get(first), emails.get(second)];
    if (!marked || !moved) throw new Error("no such messages");
    world.server.setKeyword(marked, "$flagged", true);
    world.server.move(moved, archive);
    const arrived = world.server.receive().id as EmailId;
    const asked = world.sent.length;
    await keep();

    const rows = new Map((await shelf.rows(id)).map((row) => [row.id, row]));
    expect([rows.get(first)?.keywords["$flagged"], rows.has(second), rows.has(arrived)]).toEqual([true, false, true]);
    expect((await shelf.bodyIds(id)).has(second)).toBe(false);
    // The states, the newest ids with what changed, the rows; one portion of bodies for the two that came in.
    expect(world.sent.length - asked).toBe(4);
  });

  test("goes when the mailbox is no longer assigned", async () => {
    await keep();
    await keep({ assigned: [{ id: "a2" }], opened: [] });
    expect([await shelf.accounts(), await shelf.rows(id), (await shelf.bodyIds(id)).size]).toEqual([[], [], 0]);
  });

  test("is of the mailboxes opened last, and of few", async () => {
    const ids = ["a1", "a2", "a3", "a4", "a5"];
    for (const [at, each] of ids.entries()) {
      const opened = [{ id: each as AccountId, client: world.account.client }];
      await keepRecent(shelf, { start, session, assigned: ids.map((one) => ({ id: one })), favourites: null, opened }, () => new Date(Date.UTC(2026, 8, 1, at)));
    }
    expect((await shelf.accounts()).map((account) => account.id)).toEqual(["a2", "a3", "a4", "a5"]);
  });
});

describe("without a line", () => {
  test("a page shows folders, list and messages as they were kept", async () => {
    await keep();
    world.isOffline = true;
    const account = page();
    const list = await opened(account);
    const first = world.id(0);
    const body = await account.shelf.body(first);

    expect(account.status.get()).toEqual({ kind: "ready" });
    expect([list.rows().length, list.rows()[0]]).toEqual([MOST_MESSAGES, first]);
    expect(account.mailboxes.get(inbox)?.role).toBe("inbox");
    expect(Object.keys(body.bodyValues).length).toBeGreaterThan(0);
  });

  test("unread mail can be filtered for; another folder says that it is not here", async () => {
    await keep();
    world.isOffline = true;
    const account = page();
    const unread = await opened(account, inbox, "unread");
    const other = await opened(account, archive);
    const rows = unread.rows().slice(0, 20).map((row) => account.emails.get(row ?? ""));

    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => row && !row.keywords["$seen"])).toBe(true);
    const status = other.status.get();
    expect(status.kind === "failed" && status.error).toBeInstanceOf(Offline);
  });

  test("nothing can be changed, and nothing is claimed to be", async () => {
    await keep();
    world.isOffline = true;
    const client = page().client;
    await expect(client.call("Email/set", { accountId: id, destroy: [world.id(0)] }).result).rejects.toBeInstanceOf(Offline);
  });

  test.each([["the answer is lost", 1], ["the line is cut", 0]])("what became of a deed is what the server says, not what is kept: %s", async (_, lost) => {
    await keep();
    const account = page();
    const list = await opened(account);
    const first = world.id(0);
    world.lost = lost;
    world.isOffline = lost === 0;
    const deed = moveEmails(account, [first], archive);
    if (lost > 0) await world.elapse(() => { world.isOffline = world.lost < 1; return world.isOffline; });
    await world.elapse(() => deed.progress.get().phase === "waiting");
    const during = list.rows().includes(first);
    world.isOffline = false;
    await world.elapse(() => deed.progress.get().phase === "ended");
    await deed.done;

    expect([during, world.ids(archive).includes(first), deed.outcome().changed]).toEqual([false, true, [first]]);
  });

  test("a page goes on with the server as soon as it answers", async () => {
    await keep();
    world.isOffline = true;
    const account = page();
    const list = await opened(account);
    world.isOffline = false;
    const arrived = world.server.receive().id;
    await account.refresh();

    expect([list.rows().length, list.rows()[0]]).toEqual([world.ids().length, arrived]);
  });

  test("a line known to be cut is not waited for; what is not kept is asked for all the same", async () => {
    await keep();
    const asked = world.sent.length;
    const account = page({ isCut: true });
    await opened(account);
    const kept = world.sent.length - asked;
    await opened(account, archive);

    expect(kept).toBe(0);
    expect(world.sent.length - asked).toBeGreaterThan(0);
  });

  test("without anything kept the failure is the line's own", async () => {
    world.isOffline = true;
    const transport: Transport = withKept({ transport: world.transport(), kept: () => null, isCut: () => false, onAnswer: () => undefined });
    await expect(transport("/jmap/api", { methodCalls: [] })).rejects.toBeInstanceOf(Offline);
  });
});
