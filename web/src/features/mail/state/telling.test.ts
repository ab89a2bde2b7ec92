// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EmailId } from "@/jmap";
import type { ReversibleDeed } from "@/store";
import { moveEmails } from "@/store";
import { closeToast, toastStore } from "@/ui/toasts";
import { World, archive, inbox } from "../../../../test/world";
import { tell } from "./telling";
import { dropUndo, offerUndo, undoLatest, withdrawUndo } from "./undo";

const shown = (): readonly string[] => toastStore.items().map((item) => item.text);

function noToasts(): void {
  dropUndo();
  for (const { id } of toastStore.items()) closeToast(id);
}

beforeEach(noToasts); // those of other files are there, too
afterEach(noToasts);

async function moved(world: World, ids: readonly EmailId[]): Promise<ReversibleDeed> {
  await world.list();
  const deed = moveEmails(world.account, ids, archive, { from: inbox });
  tell(deed, ids, {
    said: (count) => `${String(count)} moved`, soFar: (done, total) => `${String(done)} of ${String(total)}`, waiting: () => "finding out",
    isQuiet: false, undo: () => { deed.reverse(); },
  });
  return deed;
}

test("a move that is refused is not called done any longer", async () => {
  const world = new World();
  const ids = world.ids().slice(0, 1);
  world.server.refusals.add(ids[0] ?? "");
  const deed = await moved(world, ids);
  const during = shown();
  await deed.done.catch(() => undefined);

  expect([during, shown()]).toEqual([["1 moved"], []]);
});

test("of a move that is partly refused the toast counts what was done", async () => {
  const world = new World();
  const ids = world.ids().slice(0, 3);
  world.server.refusals.add(ids[1] ?? "");
  const deed = await moved(world, ids);
  await deed.done.catch(() => undefined);

  expect(shown()).toEqual(["2 moved"]);
});

test("a change that Microsoft refuses later takes its toast along", () => {
  offerUndo("moved", () => undefined, ["m1", "m2"]);
  withdrawUndo("m9");
  const during = shown();
  withdrawUndo("m2");

  expect([during, shown()]).toEqual([["moved"], []]);
});

test("a long move says how far it is, and what was done when it has ended", async () => {
  const world = new World(900);
  const ids = world.ids();
  const told: (string | undefined)[] = [];
  const stop = toastStore.subscribe(() => told.push(shown()[0]));
  const deed = await moved(world, ids);
  await deed.done;
  stop();

  expect(told).toEqual(expect.arrayContaining([`0 of ${String(ids.length)}`, `250 of ${String(ids.length)}`, `500 of ${String(ids.length)}`]));
  expect(shown()).toEqual([`${String(ids.length)} moved`]);
});

test("a long move can be stopped by its toast, and taken back by a key while it is under way", async () => {
  const world = new World(900);
  const deed = await moved(world, world.ids());
  toastStore.items()[0]?.lasting?.onStop?.();
  await deed.done;
  const stopped = shown();
  undoLatest();
  const again = await moved(world, world.ids());
  undoLatest();
  await again.done;

  expect(stopped).toEqual(["250 moved"]);
  expect(again.outcome().changed).toHaveLength(250);
});

test("without an answer nothing is called done; found out to be done, it is", async () => {
  const world = new World();
  await world.list();
  world.isOffline = true;
  const deed = await moved(world, world.ids().slice(0, 2));
  const told: string[] = [];
  const stop = toastStore.subscribe(() => told.push(shown().join()));
  await world.elapse(() => deed.progress.get().phase === "waiting");
  const during = shown();
  world.isOffline = false;
  await world.elapse(() => deed.progress.get().phase === "ended");
  await deed.done;
  stop();

  expect([during, shown()]).toEqual([["finding out"], ["2 moved"]]);
});
