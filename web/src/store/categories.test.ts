import { beforeEach, expect, test } from "vitest";
import { World } from "../../test/world";
import { hasCategory, setCategory } from "./actions";

let world: World;

beforeEach(async () => {
  world = new World(40);
  await world.list();
});

const namesOf = (at: number) => world.account.emails.get(world.id(at))?.["poststelle:categories"];

test("a category shows at once for all, loaded or not, and can be taken back", async () => {
  const before = [0, 1, 2].map(namesOf);
  const ids = [world.id(0), world.id(1), world.id(2)];
  const open = world.hold();
  const deed = setCategory(world.account, ids, "Rote Kategorie", true);
  const during = ids.map((id) => hasCategory(world.account.emails.get(id), "rote kategorie"));
  open();
  await deed.done;
  const back = deed.reverse();
  await back.done;

  expect(during).toEqual([true, true, true]);
  expect([0, 1, 2].map(namesOf)).toEqual(before);
});

test("the others of a message stay, and who has it already is left alone", async () => {
  const id = world.id(3);
  await setCategory(world.account, [id], "Anna", true).done;
  const requests = world.sent.length;
  await setCategory(world.account, [id], "ANNA", true).done;
  const again = world.sent.length - requests;
  await setCategory(world.account, [id], "Ben", true).done;
  await setCategory(world.account, [id], "anna", false).done;

  expect([again, namesOf(3)?.includes("Ben"), namesOf(3)?.includes("Anna")]).toEqual([0, true, false]);
});
