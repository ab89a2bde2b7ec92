// @vitest-environment jsdom
import { i18n } from "@lingui/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Offline } from "@/jmap";
import type { EmailId, Folder } from "@/jmap";
import { lastCome, moveEmails, setKeyword } from "@/store";
import { closeToast, toastStore } from "@/ui/toasts";
import type { MockEmail } from "../../../../dev/mock-jmap-world";
import { World, inbox, trash } from "../../../../test/world";
import { dropUndo, isUndoOffered, undoLatest } from "./undo";
import type { Whole } from "./wholeFolders";
import { IDS_AT_ONCE, emptyFolder, markFolderRead } from "./wholeFolders";

const PORTION = 200;

let world: World;
let problems: unknown[];
let underWay: Promise<unknown>;
let beforeEachPortion: () => void;
let afterEachPortion: () => void;

/** A folder's messages go to the trash at the server, portion by portion, as `POST …/folders/{folder}/empty` does. */
function whole(): Whole {
  return {
    account: world.account,
    store: {
      transport: (_, body) => {
        beforeEachPortion();
        const upTo = (body as { up_to: string }).up_to;
        const those = (): MockEmail[] => world.server.list(inbox).filter(({ id }) => lastCome([id, upTo] as EmailId[]) === upTo);
        for (const email of those().slice(0, PORTION)) world.server.move(email, trash);
        afterEachPortion();
        return Promise.resolve({ left: those().length, held: 0 });
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
  afterEachPortion = () => undefined;
  underWay = Promise.resolve();
  clearToasts();
});

/** Other files' toasts too: they share this worker. */
function clearToasts(): void {
  dropUndo();
  for (const { id } of toastStore.items()) closeToast(id);
}

afterEach(clearToasts);

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

test("what comes in while a folder is emptied stays in it, unread", async () => {
  world = new World(600);
  await world.list();
  const ids = world.ids();
  let late: string[] = [];
  beforeEachPortion = () => { if (late.length < 3) late = [world.server.receive().id, ...late]; };

  await emptyFolder(whole(), folder(), "Inbox");
  const [left, offered] = [world.ids(), toastStore.items().map(({ text }) => text)];
  undoLatest();
  await underWay;

  expect(late.length).toBeGreaterThan(1);
  expect([left, offered]).toEqual([late, [`${String(ids.length)} messages deleted`]]);
  expect([world.ids(), problems]).toEqual([[...late, ...ids], []]);
});

test("what comes into the trash while that is emptied is not gone unseen", async () => {
  world = new World(10);
  for (const email of world.server.list(inbox).slice(0, 3)) world.server.move(email, trash);
  await world.list();
  const before = world.ids(trash);
  const asked: unknown[] = [];
  const gone: Whole = { ...whole(), store: { transport: (_, body) => { asked.push(body); return Promise.resolve({ left: 0, held: 0 }); } } };

  await emptyFolder(gone, world.account.mailboxes.get(trash) as Folder, "Deleted");

  expect(before.length).toBe(3);
  expect(asked).toEqual([{ up_to: lastCome(before) }]);
});

test("where an answer is lost the way back is offered for what went all the same", async () => {
  world = new World(500);
  await world.list();
  const [ids, inTrash] = [world.ids(), world.ids(trash)];
  afterEachPortion = () => { throw new Offline("the answer was lost"); };

  await emptyFolder(whole(), folder(), "Inbox");
  const [during, offered] = [world.ids(), toastStore.items().map(({ text }) => text)];
  undoLatest();
  await underWay;

  expect([during.length, offered]).toEqual([ids.length - PORTION, [`${String(PORTION)} messages deleted`]]);
  expect([world.ids(), world.ids(trash), problems.length]).toEqual([ids, inTrash, 1]);
});

test("where the line is lost it is asked what went until it is back; the way back stands open all the while", async () => {
  world = new World(300);
  await world.list();
  const ids = world.ids();
  afterEachPortion = () => { world.isOffline = true; throw new Offline("no line"); };

  const emptying = emptyFolder(whole(), folder(), "Inbox");
  await expect.poll(() => world.pauses.length).toBe(1);
  world.isOffline = false;
  world.pauses.shift()?.();
  await emptying;

  expect([isUndoOffered(), world.ids().length]).toEqual([true, ids.length - PORTION]);
  undoLatest();
  await underWay;
  expect(world.ids()).toEqual(ids);
});

test("where nothing went before the line was lost there is nothing to bring back", async () => {
  world = new World(30);
  await world.list();
  beforeEachPortion = () => { throw new Offline("no line"); };

  await emptyFolder(whole(), folder(), "Inbox");

  expect([isUndoOffered(), problems.length]).toEqual([false, 1]);
});

test("the message that came last is told by its number, not by the alphabet alone", () => {
  expect(lastCome(["mz", "m10", "m9"] as EmailId[])).toBe("m10");
  expect(lastCome(["m1a", "m19", "m1b"] as EmailId[])).toBe("m1b");
  expect(lastCome([])).toBeNull();
});
