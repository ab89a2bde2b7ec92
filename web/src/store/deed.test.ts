import { describe, expect, test } from "vitest";
import { Offline, SetFailed } from "@/jmap";
import type { EmailId, MailboxId } from "@/jmap";
import { allHave, destroyEmails, hasKeyword, moveEmails, setKeyword } from "@/store";
import { World, archive, inbox, trash } from "../../test/world";

const drafts = "f3" as MailboxId;

/** An inbox of which a hundred messages are loaded and hundreds are not, all chosen. */
async function all(size = 900): Promise<{ world: World; ids: EmailId[]; list: Awaited<ReturnType<World["list"]>> }> {
  const world = new World(size);
  const list = await world.list();
  const ids = [...await list.idsBetween(0, list.rows().length)];
  expect(ids.filter((id) => world.account.emails.get(id)).length).toBeLessThan(ids.length / 2);
  return { world, ids, list };
}

describe("more messages than are loaded", () => {
  test("are moved away and all brought back", async () => {
    const { world, ids } = await all();
    const deed = moveEmails(world.account, ids, archive, { from: inbox });
    await deed.done;
    const during = world.ids().length;
    await deed.reverse().done;

    expect(during).toBe(0);
    expect(world.ids()).toEqual(ids);
  });

  test("leave the list at once, as many rows as there are", async () => {
    const { world, ids, list } = await all();
    const open = world.hold();
    const deed = moveEmails(world.account, ids.slice(0, -3), archive, { from: inbox });
    const during = list.rows().length;
    open();
    await deed.done;
    await list.refresh();

    expect([during, list.rows()]).toEqual([3, ids.slice(-3)]);
  });

  test("return one by one to the folder each lay in", async () => {
    const { world, ids } = await all();
    const elsewhere = ids[600] as EmailId;
    const email = world.server.emails.get(elsewhere);
    if (email) world.server.move(email, "f8"); // by a colleague, a moment ago

    const deed = moveEmails(world.account, ids, archive, { from: inbox });
    await deed.done;
    await deed.reverse().done;

    expect(world.ids("f8")).toContain(elsewhere);
    expect(world.ids()).toEqual(ids.filter((id) => id !== elsewhere));
  });

  test("are all marked, and only what was changed is changed back", async () => {
    const { world, ids } = await all();
    const unread = (): string[] => world.server.list("f1").filter((email) => !email.keywords.has("$seen")).map(({ id }) => id);
    const before = unread();

    const deed = setKeyword(world.account, ids, "$seen", false);
    await deed.done;
    const during = unread();
    await deed.reverse().done;

    expect(during).toEqual(ids);
    expect(unread()).toEqual(before);
  });

  test("are known to be flagged without being loaded", async () => {
    const { world, ids } = await all();
    const before = await allHave(world.account, ids, "$flagged", inbox);
    await setKeyword(world.account, ids, "$flagged", true).done;
    const after = await allHave(world.account, ids, "$flagged", inbox);
    const last = world.server.emails.get(ids.at(-1) ?? "");
    if (last) world.server.setKeyword(last, "$flagged", false);

    expect([before, after, await allHave(world.account, ids, "$flagged", inbox)]).toEqual([false, true, false]);
  });

  test("are archived without the drafts among them", async () => {
    const { world, ids } = await all();
    const draft = ids[500] as EmailId;
    world.server.emails.get(draft)?.keywords.add("$draft");

    const deed = moveEmails(world.account, ids, archive, { from: inbox, areDraftsSpared: true });
    await deed.done;

    expect(world.ids()).toEqual([draft]);
    expect(deed.outcome().changed).toHaveLength(ids.length - 1);
  });

  test("go to the server portion by portion, and it is told how far", async () => {
    const { world, ids } = await all();
    const told: number[] = [];
    const deed = moveEmails(world.account, ids, trash, { from: inbox });
    deed.progress.subscribe(() => told.push(deed.progress.get().done));
    world.sent.length = 0;
    await deed.done;

    const sets = world.sent.filter((names) => names.includes("Email/set"));
    expect(sets.length).toBe(Math.ceil(ids.length / 250));
    expect(sets.every((names) => names.filter((name) => name === "Email/set").length === 1)).toBe(true);
    expect(told).toEqual(expect.arrayContaining([250, 500, ids.length]));
    expect(deed.progress.get()).toEqual({ phase: "ended", done: ids.length, total: ids.length });
  });

  test("can be stopped: what was done can be taken back, the rest is where it was", async () => {
    const { world, ids, list } = await all();
    const deed = moveEmails(world.account, ids, archive, { from: inbox });
    deed.progress.subscribe(() => { if (deed.progress.get().done >= 250) deed.stop(); });
    await deed.done;
    await list.refresh();
    const during = { moved: deed.outcome().changed.length, left: deed.outcome().left.length, rows: list.rows().length };
    await deed.reverse().done;

    expect(during).toEqual({ moved: 250, left: ids.length - 250, rows: ids.length - 250 });
    expect(world.ids()).toEqual(ids);
  });

  test("are refused one by one: the others are done and can be taken back", async () => {
    const { world, ids } = await all();
    const refused = [ids[3], ids[700]] as EmailId[];
    for (const id of refused) world.server.refusals.add(id);

    const deed = moveEmails(world.account, ids, archive, { from: inbox });
    const failure: unknown = await deed.done.catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SetFailed);
    expect([...deed.outcome().refused.keys()]).toEqual(refused);
    expect(deed.outcome().changed).toHaveLength(ids.length - 2);
    expect(world.ids()).toEqual(refused);
  });

  test("are destroyed for good", async () => {
    const { world, ids, list } = await all();
    const deed = destroyEmails(world.account, ids, inbox);
    expect("reverse" in deed).toBe(false); // what is offered to be taken back has a way back
    await deed.done;
    await list.refresh();

    expect([world.ids(), list.rows()]).toEqual([[], []]);
  });
});

describe("without an answer", () => {
  test("nothing is claimed: what the server did is found out, and nothing is done twice", async () => {
    const world = new World();
    const list = await world.list();
    const ids = world.ids().slice(0, 3);
    world.lost = 1;

    const deed = moveEmails(world.account, ids, archive);
    await deed.done;
    await list.refresh();

    expect(deed.outcome()).toMatchObject({ changed: ids, left: [], unsure: [] });
    expect(world.sent.filter((names) => names.includes("Email/set"))).toHaveLength(1);
    expect(list.rows()).not.toContain(ids[0]);
    expect(world.ids("f6")).toEqual(expect.arrayContaining(ids));
  });

  test("it waits, says so, and what is missing follows when the line is back", async () => {
    const world = new World();
    const list = await world.list();
    const id = world.id(0);
    world.isOffline = true;
    const deed = moveEmails(world.account, [id], archive);
    await world.elapse(() => deed.progress.get().phase === "waiting");
    const during = { rows: list.rows(), at: world.ids("f6") };
    world.isOffline = false;
    await world.elapse(() => deed.progress.get().phase === "ended");
    await deed.done;

    expect(during.rows).not.toContain(id);
    expect(during.at).not.toContain(id);
    expect(world.ids("f6")).toContain(id);
  });

  test("stopped, nobody knows: the rows return as known last, and the next look tells", async () => {
    const world = new World();
    const list = await world.list();
    const id = world.id(0);
    const unread = world.unread();
    world.lost = 1;
    const deed = moveEmails(world.account, [id], archive);
    deed.progress.subscribe(() => { if (deed.progress.get().phase === "waiting") deed.stop(); });
    world.isOffline = false;
    const asked = world.sent.length;
    await world.elapse(() => { world.isOffline = world.sent.length > asked + 1; return deed.progress.get().phase === "ended"; });
    const during = { outcome: deed.outcome(), rows: list.rows(), unread: world.unread() };
    world.isOffline = false;
    await world.account.refresh();

    expect(during.outcome).toMatchObject({ changed: [], left: [], unsure: [id] });
    expect(during.rows).toContain(id);
    expect(during.unread).toBe(unread);
    expect(list.rows()).not.toContain(id);
  });

  test("again and again it ends, with what was found out", async () => {
    const world = new World();
    await world.list();
    const id = world.id(0);
    world.server.setKeyword = () => undefined; // the server forgets what it is told
    world.lost = 99;

    const deed = setKeyword(world.account, [id], "$flagged", !hasKeyword(world.account.emails.get(id), "$flagged"));

    await expect(deed.done).rejects.toBeInstanceOf(Offline);
    expect(deed.outcome()).toMatchObject({ changed: [], left: [id], unsure: [] });
  });
});

test("the last word on a message is the last thing said, however slow the first", async () => {
  const world = new World();
  await world.list();
  const id = world.ids(drafts)[0] ?? world.id(0);
  await world.account.shelf.need([id]);
  const open = world.hold();
  const first = setKeyword(world.account, [id], "$flagged", true);
  const second = setKeyword(world.account, [id], "$flagged", false);
  const third = setKeyword(world.account, [id], "$flagged", true);
  open();
  await Promise.all([first.done, second.done, third.done]);

  expect(world.server.emails.get(id)?.keywords.has("$flagged")).toBe(true);
});
