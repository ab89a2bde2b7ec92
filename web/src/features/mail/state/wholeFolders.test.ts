// @vitest-environment jsdom
import { i18n } from "@lingui/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EmailId, Folder } from "@/jmap";
import { moveEmails, setKeyword } from "@/store";
import { closeToast, toastStore } from "@/ui/toasts";
import { World, inbox, trash } from "../../../../test/world";
import { dropUndo, undoLatest } from "./undo";
import type { Whole } from "./wholeFolders";
import { IDS_AT_ONCE, emptyFolder, markFolderRead } from "./wholeFolders";

const PORTION = 200;

let world: World;
let problems: unknown[];
let underWay: Promise<unknown>;
let beforeEachPortion: () => void;

/** A folder's messages go to the trash at the server, portion by portion, as `POST …/folders/{folder}/empty` does. */
function whole(): Whole {
  return {
    account: world.account,
    store: {
      transport: () => {
        beforeEachPortion();
        for (const email of world.server.list(inbox).slice(0, PORTION)) world.server.move(email, trash);
        return Promise.resolve({ left: world.ids().length, held: 0 });
      },
    },
    deeds: {
      setSeen: (ids, on) => { underWay = setKeyword(world.account, ids, "$seen", on).done; },
      bringBack: (ids, from, to) => { underWay = moveEmails(world.account, ids, to, { from, isOnlyFrom: true }).done; },
    },
    setProblem: (error) => { problems.push(error); },
  };
}

const folder = (): Folder => world.account.mailboxes.get(inbox) as Folder;
const unread = (): number => world.server.list(inbox).filter((email) => !email.keywords.has("$seen")).length;

beforeEach(() => {
  i18n.loadAndActivate({ locale: "en", messages: {} });
  problems = [];
  beforeEachPortion = () => undefined;
  underWay = Promise.resolve();
});

afterEach(() => {
  dropUndo();
  for (const { id } of toastStore.items()) closeToast(id);
});

test("all of a folder is marked as read, be it more than the server names at once", async () => {
  world = new World(IDS_AT_ONCE + 2_500);
  for (const email of world.server.list(inbox)) email.keywords.delete("$seen");
  await world.list();
  const before = unread();

  await markFolderRead(whole(), folder());
  await underWay;

  expect([before, unread(), problems]).toEqual([world.ids().length, 0, []]);
  expect(before).toBeGreaterThan(IDS_AT_ONCE);
}, 60_000);

test("a folder that was emptied is filled again by the way back, and what lay in the trash before stays there", async () => {
  world = new World(450);
  await world.list();
  const [ids, inTrash] = [world.ids(), world.ids(trash)];

  await emptyFolder(whole(), folder(), "Inbox");
  const [during, offered] = [world.ids(), toastStore.items().map(({ text }) => text)];
  undoLatest();
  await underWay;

  expect([during, offered]).toEqual([[], [`${String(ids.length)} messages deleted`]]);
  expect([world.ids(), world.ids(trash), problems]).toEqual([ids, inTrash, []]);
});

test("what somebody has put elsewhere meanwhile is left there", async () => {
  world = new World(300);
  await world.list();
  const ids = world.ids();

  await emptyFolder(whole(), folder(), "Inbox");
  const email = world.server.emails.get(ids[7] ?? "");
  if (email) world.server.move(email, "f6");
  await world.account.refresh();
  undoLatest();
  await underWay;

  expect(world.ids("f6")).toContain(ids[7]);
  expect(world.ids()).toEqual(ids.filter((id) => id !== ids[7]));
});

test("the way back stops an emptying that is under way", async () => {
  world = new World(700);
  await world.list();
  const ids = world.ids();
  let portions = 0;
  beforeEachPortion = () => { if ((portions += 1) === 2) undoLatest(); };

  await emptyFolder(whole(), folder(), "Inbox");
  await underWay;

  expect([portions, world.ids(), toastStore.items()]).toEqual([2, ids, []]);
});

test("what was in the trash is gone: no way back is offered", async () => {
  world = new World(300);
  await world.list();
  const [id] = world.ids() as [EmailId];
  const email = world.server.emails.get(id);
  if (email) world.server.move(email, trash);
  await world.account.refresh();
  const gone: Whole = { ...whole(), store: { transport: () => Promise.resolve({ left: 0, held: 0 }) } };

  await emptyFolder(gone, world.account.mailboxes.get(trash) as Folder, "Deleted");

  expect(toastStore.items()).toEqual([]);
});
