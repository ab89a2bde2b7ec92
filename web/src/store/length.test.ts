import { describe, expect, test } from "vitest";
import type { MessageList } from "@/store";
import { World, inbox } from "../../test/world";
import { Length } from "./length";
import { ListWindow, PAGE } from "./window";

const answer = (position: number, rows: number) => ({ position, ids: new Array<number>(rows).fill(0) });

describe("how long a list is", () => {
  test("a page more than what is known, until it is counted or its end was seen", () => {
    const length = new Length(() => Promise.resolve(answer(0, 0)), () => undefined);

    const known = [length.by(answer(0, 100), 100, 0), length.by(answer(50, 50), 50, 400), length.isKnown];
    const seen = [length.by(answer(400, 20), 100, 450), length.isKnown];

    expect([known, seen]).toEqual([[100 + PAGE, 400, false], [420, true]]);
  });

  test("no more than its position where nothing is there any more", () => {
    const length = new Length(() => Promise.resolve(answer(0, 0)), () => undefined);

    expect(length.by(answer(100, 0), 50, 150)).toBe(100);
  });

  test("is counted once at a time, and once more for all that changed meanwhile", async () => {
    const open: ((total: number) => void)[] = [];
    const told: number[] = [];
    const length = new Length(() => new Promise((resolve) => { open.push((total) => { resolve({ ...answer(0, 0), total }); }); }), (total) => { told.push(total); });

    const whole = length.count();
    await Promise.all([length.count(), length.count()]);
    open[0]?.(7);
    await Promise.resolve().then(() => undefined).then(() => undefined);
    open[1]?.(8);
    await whole;

    expect([open.length, told]).toEqual([2, [7, 8]]);
  });
});

test("a count that was asked before the end was seen says nothing", async () => {
  let tell: (total: number) => void = () => undefined;
  const told: number[] = [];
  const length = new Length(() => new Promise((resolve) => { tell = (total) => { resolve({ ...answer(0, 0), total }); }; }), (total) => { told.push(total); });
  length.by(answer(0, 100), 100, 0);
  const counting = length.count();
  const shorter = length.by(answer(0, 20), 100, 150); // most were removed meanwhile
  tell(150);
  await counting;

  expect([shorter, told, length.by(answer(0, 20), 20, 20)]).toEqual([20, [], 20]);
});

test("rows behind what was the end are asked for", () => {
  const list = new ListWindow();
  list.replace(0, Array.from({ length: 20 }, (_, at) => String(at)), 20);
  const whole = list.missing({ from: 0, to: 50 });
  list.place(0, [], 150);

  expect([whole, list.missing({ from: 0, to: 50 })]).toEqual([null, { from: 0, to: 50 }]);
});

describe("a search", () => {
  async function searched(world: World): Promise<MessageList> {
    await world.account.refresh();
    const list = world.account.list({ mailboxId: inbox, filter: "all", search: { after: "2000-01-01T00:00:00Z" } });
    list.subscribe(() => undefined);
    await list.refresh();
    return list;
  }

  test("shows its first rows before they are counted", async () => {
    const world = new World(400);
    const list = await searched(world);
    const asked = world.sent.filter((calls) => calls.includes("Email/query"));
    await expect.poll(() => list.rows().length).toBe(world.server.list(inbox).length);

    expect(asked[0]).toEqual(["Email/query", "Email/get"]);
    expect(list.isCounted).toBe(true);
    expect(list.rows()[0]).toBe(world.id(0));
  });

  test("that nobody can count is read page by page, and is whole where all of it is meant", async () => {
    const world = new World(400);
    world.server.refusesToCount = true;
    const list = await searched(world);
    const first = [list.rows().length, list.isCounted];

    const part = await list.idsBetween(100, list.rows().length);
    const all = await list.idsBetween(0, Infinity);
    for (let to = 100; !list.isCounted && to < 1_000; to += PAGE) await list.load({ from: to - PAGE, to });

    expect(first).toEqual([100 + PAGE, false]);
    expect(part).toHaveLength(PAGE);
    expect(all).toEqual(world.server.list(inbox).map(({ id }) => id));
    expect([list.rows().length, list.status.get().kind]).toEqual([all.length, "ready"]);
  });

  test("beside those of other mailboxes is another list, which is counted at once", async () => {
    const world = new World(400);
    world.server.refusesToCount = true;
    const list = await searched(world);
    const part = world.account.list({ ...list.spec, isPart: true });
    const folders = [world.account.list({ mailboxId: inbox, filter: "all" }), world.account.list({ mailboxId: inbox, filter: "all", isPart: true })];

    expect([list.isCounted, part.isCounted]).toEqual([false, true]);
    expect(folders[0]).toBe(folders[1]);
  });
});
