import { expect, test } from "vitest";
import type { EmailId } from "@/jmap";
import { World, inbox } from "../../test/world";
import { setKeyword } from "./actions";
import { MergedList } from "./merged";
import type { ListSpec } from "./row-list";
import { together } from "./together";
import { narrowed, widened } from "./wide";

/** Two mailboxes and their inboxes as one list, looked at from the top. */
async function office({ sizes = [400, 300], isThreaded = false }: { readonly sizes?: readonly number[]; readonly isThreaded?: boolean } = {}) {
  const worlds = sizes.map((size, at) => new World(size, `a${String(at + 1)}`));
  for (const world of worlds) await world.account.refresh();
  const spec: ListSpec = { mailboxId: inbox, filter: "all", isThreaded };
  const list = new MergedList(worlds.map(({ account }) => ({ account, list: account.list(spec) })), { filter: "all", isThreaded });
  list.subscribe(() => undefined);
  await list.refresh();
  return { worlds, list };
}

/** All rows as they should be, newest first. */
const all = (worlds: readonly World[]): string[] => worlds
  .flatMap((world) => world.server.list("f1").map(({ id, receivedAt }) => ({ id: widened(world.account.id, id as EmailId), receivedAt })))
  .sort((a, b) => b.receivedAt - a.receivedAt).map(({ id }) => id);

async function settled(list: MergedList, range: { readonly from: number; readonly to: number }): Promise<readonly (string | null)[]> {
  for (let turn = 0; turn < 200 && list.rows().slice(range.from, range.to).includes(null); turn += 1) {
    list.look(range); // as the page does whenever rows have changed
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  return list.rows().slice(range.from, range.to);
}

test("rows of all mailboxes stand in one order, and only as many are loaded as are looked at", async () => {
  const { worlds, list } = await office();

  expect(list.rows()).toHaveLength(all(worlds).length);
  expect(await settled(list, { from: 0, to: 120 })).toEqual(all(worlds).slice(0, 120));
  expect(worlds.every(({ account }) => account.emails.size <= 200)).toBe(true);
});

test("a place far down is found without loading what lies above it", async () => {
  const { worlds, list } = await office({ sizes: [9_000, 3_000] });
  const range = { from: 6_000, to: 6_030 };

  expect(await settled(list, range)).toEqual(all(worlds).slice(range.from, range.to));
  expect(worlds.every(({ account }) => account.emails.size < 1_000)).toBe(true);
  expect(list.rows()[3_000]).toBeNull();
});

test("new mail of either mailbox comes to the top, also of one that is far down", async () => {
  const { worlds, list } = await office();
  const [first, second] = worlds as [World, World];
  const id = second.server.receive().id as EmailId;
  await second.account.refresh();
  await first.account.refresh();

  expect(list.rows()[0]).toBe(widened(second.account.id, id));
  expect(list.indexOf(widened(second.account.id, id))).toBe(0);
});

test("a message that a link names is found, however far down", async () => {
  const { worlds, list } = await office({ sizes: [9_000, 3_000] });
  const rows = all(worlds);
  const wanted = rows[5_000] as EmailId;

  expect(await list.positionOf(wanted)).toBe(5_000);
  await settled(list, { from: 4_990, to: 5_010 });
  expect(list.indexOf(wanted)).toBe(5_000);
});

test("a mailbox that does not answer keeps nothing from the others", async () => {
  const { worlds, list } = await office({ sizes: [400] });
  const cut = new World(300, "a9");
  cut.isOffline = true;
  const part = { account: cut.account, list: cut.account.list({ mailboxId: inbox, filter: "all" }) };
  const both = new MergedList([...list.parts, part], { filter: "all" });
  both.subscribe(() => undefined);
  await both.refresh();

  expect([both.status.get().kind, part.list.status.get().kind]).toEqual(["ready", "failed"]);
  expect(both.rows().slice(0, 20)).toEqual(all(worlds).slice(0, 20));
});

test("all rows can be chosen without being loaded, and a conversation is of one mailbox", async () => {
  const { worlds, list } = await office({ isThreaded: true });
  const rows = await list.idsBetween(0, list.rows().length);
  const messages = await list.messagesOfAll(rows);

  expect(rows).toHaveLength(list.rows().length);
  expect(new Set(messages)).toEqual(new Set(all(worlds)));
});

test("a deed on messages of two mailboxes is told of as one, and one of them may refuse", async () => {
  const { worlds, list } = await office();
  const ids = worlds.map((world) => world.server.list("f1").find((email) => !email.keywords.has("$flagged"))?.id as EmailId);
  worlds[1]?.server.refusals.add(ids[1] as string);
  const deed = together(worlds.map(({ account }, at) => setKeyword(account, [ids[at] as EmailId], "$flagged", true)));
  const failure = await deed.done.then(() => null, (error: unknown) => error);
  const { changed, refused } = deed.outcome();

  expect(failure).toMatchObject({ name: "SetFailed" });
  expect([changed, [...refused.keys()], deed.progress.get()]).toEqual([[ids[0]], [ids[1]], { phase: "ended", done: 2, total: 2 }]);
  expect(list.rows().every((id) => id === null || narrowed(id) !== null)).toBe(true);
});

test("rows of one state are found in all mailboxes, loaded or not", async () => {
  const { worlds, list } = await office();
  const ids = worlds.map(({ account, server }) => ({ account, id: server.list("f1").at(-1)?.id as EmailId }));
  for (const { account, id } of ids) await account.shelf.need([id]);
  await Promise.all(ids.map(({ account, id }) => setKeyword(account, [id], "$flagged", true).done));

  expect(await list.idsWhere("flagged")).toEqual(expect.arrayContaining(ids.map(({ account, id }) => widened(account.id, id))));
});
