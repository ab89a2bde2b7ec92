import { beforeEach, describe, expect, test } from "vitest";
import type { EmailId, ThreadId } from "@/jmap";
import type { MessageList } from "@/store";
import { destroyEmails, moveEmails, setKeyword } from "@/store";
import { World, archive, inbox, trash } from "../../test/world";

let world: World;
let list: MessageList;
let thread: ThreadId;
/** The thread's messages, newest first; the last but one is the office's own. */
let ids: { readonly newest: EmailId; readonly sent: EmailId; readonly oldest: EmailId };

beforeEach(async () => {
  world = new World(120);
  const at = Date.now();
  const oldest = world.server.receive(at);
  const sent = world.server.receive(at + 1_000, oldest.thread, "f2");
  const newest = world.server.receive(at + 2_000, oldest.thread);
  for (const each of [oldest, newest]) world.server.setKeyword(each, "$seen", true);
  thread = oldest.thread as ThreadId;
  ids = { newest: newest.id as EmailId, sent: sent.id as EmailId, oldest: oldest.id as EmailId };
  list = await world.threadedList();
});

const threadOf = (row: string | null): ThreadId | undefined => (row === null ? undefined : world.account.shelf.threads.of(row));
const rowsOfThread = (): (string | null)[] => list.rows().filter((row) => threadOf(row) === thread);

describe("a threaded list", () => {
  test("has a row for each thread and all its messages at hand, in one request", async () => {
    const rows = new Set(world.server.list("f1").map((email) => email.thread));

    expect(list.rows()).toHaveLength(rows.size);
    expect(list.rows()[0]).toBe(ids.newest);
    expect(world.account.shelf.threads.members(thread).map(({ id }) => id)).toEqual([ids.oldest, ids.sent, ids.newest]);
    expect(world.sent.flat().filter((name) => name === "Thread/get")).toHaveLength(1);
    expect(world.sent).toContainEqual(["Email/query", "Email/get", "Thread/get", "Email/get"]);
  });

  test("a row stands for the thread's messages in the folder", () => {
    expect(list.messagesOf(ids.newest)).toEqual([ids.oldest, ids.newest]);
    expect(list.indexOf(ids.sent)).toBe(0);
  });

  test("new mail of a thread slides its row up, and no thread stands there twice", async () => {
    const other = world.server.list("f1").find((email) => email.thread !== thread);
    const news = world.server.receive(Date.now() + 5_000, other?.thread);
    await world.account.refresh();

    expect(list.rows()[0]).toBe(news.id);
    const shown = list.rows().flatMap((row) => threadOf(row) ?? []);
    expect(new Set(shown).size).toBe(shown.length);
    expect(world.account.shelf.threads.members(news.thread as ThreadId).at(-1)?.id).toBe(news.id);
  });

  test("an answer from elsewhere joins the thread although no list shows it", async () => {
    const answer = world.server.receive(Date.now() + 5_000, thread, "f2");
    let heard = 0;
    world.account.shelf.threads.subscribe(thread, () => { heard += 1; });
    await world.account.refresh();

    expect(world.account.shelf.threads.members(thread).at(-1)?.id).toBe(answer.id);
    expect(heard).toBeGreaterThan(0);
  });

  test("when too much has happened threads are read anew", async () => {
    world.account.shelf.threads.clear();
    await world.account.refresh();

    expect(list.messagesOf(ids.newest)).toEqual([ids.oldest, ids.newest]);
  });
});

describe("what is done to a thread", () => {
  test("takes its row away at once when all its messages in the folder go, and undo brings it back", async () => {
    const deed = moveEmails(world.account, list.messagesOf(ids.newest) ?? [], archive);
    const during = rowsOfThread();
    await deed.done;
    await deed.reverse().done;
    await list.refresh();

    expect(during).toEqual([]);
    expect(rowsOfThread()).toEqual([ids.newest]);
    expect(world.account.emails.get(ids.sent)?.mailboxIds).toEqual({ f2: true });
  });

  test("leaves the row, shown by the next message, when only its newest message goes", async () => {
    const open = world.hold();
    const total = list.rows().length;
    const deed = moveEmails(world.account, [ids.newest], trash);
    const during = [rowsOfThread(), list.rows().length];
    open();
    await deed.done;
    const after = rowsOfThread();
    await list.refresh();

    expect(during).toEqual([[ids.oldest], total]);
    expect([after, rowsOfThread()]).toEqual([[ids.oldest], [ids.oldest]]);
  });

  test("a refusal brings the message back to its row", async () => {
    world.server.refusals.add(ids.newest);
    await moveEmails(world.account, [ids.newest], trash).done.catch(() => undefined);

    expect(rowsOfThread()).toEqual([ids.newest]);
  });

  test("one message after the other: the row goes with the last", async () => {
    const open = world.hold();
    const first = destroyEmails(world.account, [ids.newest]);
    const second = destroyEmails(world.account, [ids.oldest]);
    const during = rowsOfThread();
    open();
    await Promise.all([first.done, second.done]);
    await world.account.refresh();

    expect([during, rowsOfThread()]).toEqual([[], []]);
  });

  test("a message gone elsewhere leaves the thread's next one in its place", async () => {
    const gone = world.server.emails.get(ids.newest);
    if (gone) world.server.destroy(gone);
    await world.account.refresh();

    expect(rowsOfThread()).toEqual([ids.oldest]);
    expect(list.messagesOf(ids.oldest)).toEqual([ids.oldest]);
  });

  test("marked as read it stays in the unread list until that is left", async () => {
    const unread = await world.threadedList({ filter: "unread" });
    const row = unread.rows()[0] as EmailId;
    await setKeyword(world.account, unread.messagesOf(row) ?? [], "$seen", true).done;
    await unread.refresh();
    const kept = unread.rows().includes(row);
    unread.leave();
    await unread.refresh();

    expect([kept, unread.rows().includes(row)]).toEqual([true, false]);
  });
});

describe("many rows", () => {
  test("stand for all messages of their threads in the folder, loaded or not", async () => {
    const rows = await list.idsBetween(0, list.rows().length);
    const messages = await list.messagesOfAll(rows);

    expect([...messages].sort()).toEqual(world.ids(inbox).sort());
  });
});

test("a page of threads with more messages than one answer holds is fetched in portions", async () => {
  const many = new World(120);
  const first = many.server.receive(Date.now());
  for (let at = 1; at < 1_100; at += 1) many.server.receive(Date.now() + at, first.thread);
  await many.threadedList();

  expect(many.account.shelf.threads.members(first.thread as ThreadId)).toHaveLength(1_100);
});

test("a list far down holds on to what is seen when its first row slides up", async () => {
  const deep = new World(900);
  const rows = await deep.threadedList();
  rows.look({ from: 150, to: 160 });
  await rows.refresh();
  const [first, second] = rows.rows().slice(150, 152);
  const slid = deep.server.emails.get(first ?? "");
  deep.server.receive(Date.now() + 1_000, slid?.thread);
  await deep.account.refresh();

  expect(rows.rows().indexOf(second ?? "")).toBe(151);
  expect(rows.rows()).not.toContain(first);
});
