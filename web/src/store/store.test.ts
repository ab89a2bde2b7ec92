import { beforeEach, describe, expect, test } from "vitest";
import { SetFailed } from "@/jmap";
import type { EmailId, MailboxId } from "@/jmap";
import { destroyEmails, hasKeyword, isDraft, moveEmails, setKeyword } from "@/store";
import type { MessageList } from "@/store";
import { World, archive, inbox, trash } from "../../test/world";

let world: World;
let list: MessageList;
beforeEach(async () => {
  world = new World();
  list = await world.list();
});

describe("an action", () => {
  test("shows at once, before the server has answered, counters included", async () => {
    const id = world.id(2);
    const before = { seen: hasKeyword(world.account.emails.get(id), "$seen"), unread: world.unread() };
    const open = world.hold();

    const deed = setKeyword(world.account, [id], "$seen", !before.seen);
    const during = { seen: hasKeyword(world.account.emails.get(id), "$seen"), unread: world.unread() };
    open();
    await deed.done;

    expect(during).toEqual({ seen: !before.seen, unread: before.unread + (before.seen ? 1 : -1) });
    expect(hasKeyword(world.account.emails.get(id), "$seen")).toBe(!before.seen);
    expect(world.unread()).toBe(during.unread);
  });

  test("is taken back for those the server refuses, and only for those", async () => {
    const [good, bad] = [world.id(0), world.id(1)];
    world.server.refusals.add(bad);

    const deed = moveEmails(world.account, [good, bad], archive);
    const during = list.rows().slice(0, 2);
    const failure: unknown = await deed.done.catch((error: unknown) => error);
    await list.refresh();

    expect(during).not.toContain(bad);
    expect(failure).toBeInstanceOf(SetFailed);
    expect([...(failure as SetFailed).refused.keys()]).toEqual([bad]);
    expect(list.rows()).toContain(bad);
    expect(list.rows()).not.toContain(good);
    expect(world.account.emails.get(bad)?.mailboxIds).toEqual({ [inbox]: true });
  });

  test("survives a refresh that tells the old state while it is under way", async () => {
    const id = world.id(0);
    const open = world.hold();
    const deed = moveEmails(world.account, [id], archive);
    const refresh = world.account.refresh();
    open();
    await Promise.all([deed.done, refresh]);
    await list.refresh();

    expect(list.rows()).not.toContain(id);
    expect(world.account.emails.get(id)?.mailboxIds).toEqual({ [archive]: true });
  });

  test("can be reversed: the message returns to its place", async () => {
    const rows = list.rows().slice(0, 5);
    const deed = moveEmails(world.account, [world.id(1)], trash);
    await deed.done;
    await deed.reverse().done;
    await list.refresh();

    expect(list.rows().slice(0, 5)).toEqual(rows);
  });

  test("for good leaves nothing behind", async () => {
    const id = world.id(0);
    const total = list.rows().length;

    await destroyEmails(world.account, [id]).done;
    await world.account.refresh();

    expect(list.rows()).toHaveLength(total - 1);
    expect(world.account.emails.get(id)).toBeUndefined();
  });

  test("on many messages travels in one request", async () => {
    const ids = Array.from({ length: 50 }, (_, i) => world.id(i));
    world.sent.length = 0;

    await setKeyword(world.account, ids, "$flagged", true).done;

    expect(world.sent[0]).toEqual(["Email/set"]);
    expect(ids.every((id) => hasKeyword(world.account.emails.get(id), "$flagged"))).toBe(true);
  });
});

describe("a list", () => {
  test("loads what is looked at and no more", async () => {
    const known = list.rows().filter((id) => id !== null).length;

    expect(known).toBeLessThanOrEqual(150);
    expect(list.rows().length).toBeGreaterThan(300);
  });

  test("takes in new mail in one request with everything else that changed", async () => {
    const news = world.server.receive(Date.now() + 1_000);
    world.sent.length = 0;

    await world.account.refresh();

    expect(list.rows()[0]).toBe(news.id);
    expect(world.sent[0]).toEqual(["Mailbox/changes", "Mailbox/get", "Mailbox/get", "Email/changes", "SyncState/get", "Email/query"]);
  });

  test("asks nothing when the server tells a state that is known", async () => {
    await world.account.refresh();
    const known = `1.${String(world.server.modseq)}`;
    world.sent.length = 0;

    world.account.changed({ Email: known, Mailbox: known });

    expect(world.sent).toEqual([]);
  });

  test("keeps what was read in an unread list until it is left", async () => {
    const unread = world.account.list({ mailboxId: inbox, filter: "unread" });
    unread.subscribe(() => undefined);
    await unread.refresh();
    const id = unread.rows()[1] as EmailId;

    await setKeyword(world.account, [id], "$seen", true).done;
    await unread.refresh();
    const during = unread.rows()[1];
    unread.leave();
    await unread.refresh();

    expect(during).toBe(id);
    expect(unread.rows()).not.toContain(id);
  });

  test("names ids of rows it has not loaded", async () => {
    const ids = await list.idsBetween(0, list.rows().length);

    expect(ids).toEqual(world.server.list("f1").map((email) => email.id));
  });

  test("says why when the line is cut, keeps its rows, and goes on afterwards", async () => {
    const rows = list.rows();
    world.isOffline = true;
    await list.refresh();
    const during = list.status.get();
    world.isOffline = false;
    await list.refresh();

    expect(during).toMatchObject({ kind: "failed", error: { name: "Offline" } });
    expect(list.rows()).toEqual(rows);
    expect(list.status.get().kind).toBe("ready");
  });
});

describe("a mark that reading makes", () => {
  test("fails without a word and is made when the line is back", async () => {
    const id = world.id(list.rows().findIndex((each) => !hasKeyword(world.account.emails.get(each ?? ""), "$seen")));
    world.isOffline = true;
    world.account.readMarks.note(id);
    await world.account.refresh();
    const during = hasKeyword(world.account.emails.get(id), "$seen");
    world.isOffline = false;
    await world.account.refresh();
    await world.account.refresh();

    expect(during).toBe(false);
    expect(hasKeyword(world.account.emails.get(id), "$seen")).toBe(true);
    expect(world.account.attempts.of(id, "set")).toEqual({ kind: "set", mark: "read", isAutomatic: true });
  });

  test("is not made any more when the person marks the message unread meanwhile", async () => {
    const id = world.id(list.rows().findIndex((each) => !hasKeyword(world.account.emails.get(each ?? ""), "$seen")));
    world.isOffline = true;
    world.account.readMarks.note(id);
    await world.account.refresh();
    await setKeyword(world.account, [id], "$seen", false).done;
    world.isOffline = false;
    await world.account.refresh();
    await world.account.refresh();

    expect(hasKeyword(world.account.emails.get(id), "$seen")).toBe(false);
  });
});

test("what this window asked for is remembered by message and kind", async () => {
  const id = world.id(0);
  await moveEmails(world.account, [id], archive).done;

  expect(world.account.attempts.of(id, "move")).toEqual({ kind: "move", to: archive });
  expect(world.account.attempts.of(id, "destroy")).toBeUndefined();
});

test("what lies among the drafts is a draft, marked or not", () => {
  const email = world.account.emails.get(world.id(0));
  if (!email) throw new Error("no such row");

  expect(isDraft(world.account, { ...email, keywords: {} })).toBe(false);
  expect(isDraft(world.account, { ...email, keywords: {}, mailboxIds: { ["f3" as MailboxId]: true } })).toBe(true);
  expect(isDraft(world.account, { ...email, keywords: { $draft: true } })).toBe(true);
});

test("a message moved by somebody else leaves the list", async () => {
  const moved = world.server.list("f1")[0];
  if (moved) world.server.move(moved, "f6");

  await world.account.refresh();

  expect(list.rows()).not.toContain(moved?.id);
});
