import { expect, test } from "vitest";
import type { Mailbox } from "@/jmap";
import { Records } from "./records";
import { Uncounted } from "./uncounted";

interface Thing {
  readonly id: string;
  readonly size: number;
}

test("what is told again as it was is nothing new", () => {
  const things = new Records<Thing>();
  things.put([{ id: "a", size: 1 }, { id: "b", size: 1 }]);
  const [before, all] = [things.get("a"), things.all()];
  let told = 0;
  things.subscribe("a", () => { told += 1; });

  things.put([{ id: "a", size: 1 }]);
  expect([things.get("a"), things.all(), told]).toEqual([before, all, 0]);
  expect(things.get("a")).toBe(before);
  expect(things.all()).toBe(all);
});

test("the server's word is nothing new where it was foreseen", () => {
  const things = new Records<Thing>();
  things.put([{ id: "a", size: 1 }]);
  const overlay = things.overlay(new Set(["a"]), (thing) => ({ ...thing, size: 2 }));
  const foreseen = things.get("a");
  let told = 0;
  things.subscribeAll(() => { told += 1; });

  things.put([{ id: "a", size: 2 }]);
  overlay.undo();
  expect([things.get("a"), told]).toEqual([{ id: "a", size: 2 }, 0]);
  expect(things.get("a")).toBe(foreseen);
});

class Counted extends Set<string> {
  asked = 0;
  override has(id: string): boolean {
    this.asked += 1;
    return super.has(id);
  }
}

test("a change of a whole folder costs no more than the records that are here, and holds for those that come", () => {
  const things = new Records<Thing>();
  things.put([{ id: "3", size: 1 }, { id: "5", size: 1 }, { id: "elsewhere", size: 1 }]);
  const ids = new Counted(Array.from({ length: 50_000 }, (_, at) => String(at)));
  const sizes = (): unknown => ["3", "5", "elsewhere", "7"].map((id) => things.get(id)?.size);

  const overlay = things.overlay(ids, (thing) => ({ ...thing, size: 2 }));
  overlay.keep(["5"]);
  overlay.undo(["5"]);
  things.put([{ id: "7", size: 1 }]);
  const during = sizes();
  overlay.undo();

  expect([during, sizes()]).toEqual([[2, 2, 1, 2], [1, 2, 1, 1]]);
  expect(ids.asked).toBeLessThan(30);
});

const inbox = { id: "f1", name: "Inbox", role: "inbox", totalEmails: 1, unreadEmails: 1, totalThreads: 1, unreadThreads: 1 } as unknown as Mailbox;
const sent = { ...inbox, id: "f2", name: "Sent", role: "sent" } as Mailbox;

test("folders without counts are the same until one is another", () => {
  const uncounted = new Uncounted();
  const before = uncounted.of([inbox, sent]);
  expect(before[0]).not.toHaveProperty("totalEmails");
  expect(uncounted.of([{ ...inbox, totalEmails: 2, unreadEmails: 0 }, sent])).toBe(before);

  const renamed = uncounted.of([inbox, { ...sent, name: "Gone out" }]);
  expect(renamed.map(({ name }) => name)).toEqual(["Inbox", "Gone out"]);
  expect(renamed[0]).toBe(before[0]);
  expect(uncounted.of([inbox])).toEqual([before[0]]);
});
