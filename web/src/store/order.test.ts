import { beforeEach, describe, expect, test } from "vitest";
import type { Email, EmailId } from "@/jmap";
import type { ListSort, RowState } from "@/store";
import { compared, setKeyword } from "@/store";
import { World, inbox } from "../../test/world";

const email = (change: Partial<Email>): Email => ({ receivedAt: "2026-01-01T00:00:00Z", size: 1, subject: "", keywords: {}, from: null, to: null, ...change }) as Email;
const order = (emails: readonly Email[], sort: ListSort): (string | null)[] => emails.toSorted((a, b) => compared(a, b, sort)).map(({ subject }) => subject);

describe("an order", () => {
  const emails = [
    email({ subject: "AW: Berta", size: 5, receivedAt: "2026-01-03T00:00:00Z", from: [{ name: "zoe", email: "z@x" }] }),
    email({ subject: "anton", size: 9, receivedAt: "2026-01-02T00:00:00Z", from: [{ name: null, email: "Anna@x" }], keywords: { $flagged: true } }),
    email({ subject: "Re: [Büro] Cäsar", size: 5, receivedAt: "2026-01-04T00:00:00Z" }),
  ];

  test.each([
    ["size", false, ["anton", "Re: [Büro] Cäsar", "AW: Berta"]],
    ["subject", true, ["anton", "AW: Berta", "Re: [Büro] Cäsar"]],
    ["from", true, ["Re: [Büro] Cäsar", "anton", "AW: Berta"]],
    ["flag", false, ["anton", "Re: [Büro] Cäsar", "AW: Berta"]],
    ["date", true, ["anton", "AW: Berta", "Re: [Büro] Cäsar"]],
  ] as const)("by %s, ascending: %s; what is equal comes newest first", (by, isAscending, subjects) => {
    expect(order(emails, { by, isAscending })).toEqual(subjects);
  });
});

describe("rows of a state", () => {
  let world: World;
  beforeEach(() => { world = new World(400); });

  const isUnread = (id: string): boolean => world.server.emails.get(id)?.keywords.has("$seen") === false;

  test("are found in a list of which most is not loaded", async () => {
    const list = await world.list();
    const all = world.ids();
    const unread = await list.idsWhere("unread");
    expect(unread.toSorted()).toEqual(all.filter(isUnread).toSorted());
    expect((await list.idsWhere("read")).toSorted()).toEqual(all.filter((id) => !isUnread(id)).toSorted());
  });

  test.each(["unread", "read", "flagged", "attachment"] as RowState[])("of conversations: %s", async (state) => {
    const list = await world.threadedList();
    const rows = await list.idsBetween(0, list.rows().length);
    const found = await list.idsWhere(state);
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((id) => !rows.includes(id))).toEqual([]);
    const wanted = rows.filter((row) => {
      const { thread } = world.server.emails.get(row) ?? { thread: "" };
      const there = (world.server.threads.get(thread) ?? []).filter(({ folder }) => folder === "f1");
      if (state === "attachment") return there.some((each) => world.server.view(each)["hasAttachment"] === true);
      if (state === "flagged") return there.some(({ keywords }) => keywords.has("$flagged"));
      return there.some(({ keywords }) => !keywords.has("$seen")) === (state === "unread");
    });
    expect(found.toSorted()).toEqual(wanted.toSorted());
  });
});

test("a sorted list asks for its order, and a message put back stands where it belongs", async () => {
  const world = new World(60);
  await world.account.refresh();
  const list = world.account.list({ mailboxId: inbox, filter: "unread", sort: { by: "size", isAscending: false } });
  list.subscribe(() => undefined);
  await list.refresh();
  const sizes = list.rows().map((id) => world.account.emails.get(id ?? "")?.size ?? 0);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));

  const second = list.rows()[1] as EmailId;
  list.keep(new Set([second]));
  await setKeyword(world.account, [second], "$seen", true).done;
  await list.refresh();
  expect(list.indexOf(second)).toBe(1);
});
