import { expect, test } from "vitest";
import type { AccountId, EmailId, MailboxId } from "@/jmap";
import { areOf } from "../state/drag";
import type { Deeds } from "../state/mail";
import type { ReadingSight } from "../state/reading";
import { startDrag } from "../state/drag";
import { deedsIn, readingIn } from "./narrow";
import { shortName } from "./names";

const a1 = "a1" as AccountId;
const ids = (...all: string[]): EmailId[] => all as EmailId[];

test("what is done in one mailbox is told with wide ids, and of what is chosen it sees its own", () => {
  const done: unknown[] = [];
  const deeds = {
    targets: () => ids("a1~m1", "a2~m1"), setSeen: (...said: unknown[]) => done.push(said), move: (...said: unknown[]) => done.push(said),
  } as unknown as Deeds;
  const here = deedsIn(a1, deeds);
  here.setSeen(ids("m1"), true);
  here.move(ids("a1~m2"), "f3" as MailboxId, true); // dragged here

  expect(done).toEqual([[["a1~m1"], true], [["a1~m2"], "f3", true]]);
  expect(here.targets()).toEqual(["m1"]);
});

test("the thread being read answers with a wide id", () => {
  const all: { current: ReadingSight | null } = { current: null };
  const here = readingIn(a1, all);
  here.current = { answers: "m7" as EmailId, isStack: true } as ReadingSight;
  const during = all.current?.answers;
  here.current = null;

  expect([during, all.current]).toEqual(["a1~m7", null]);
});

test("a folder takes rows of its own mailbox alone", () => {
  const transfer = { setData: () => undefined, setDragImage: () => undefined } as unknown as DataTransfer;
  const document = { createElement: () => ({ remove: () => undefined }), body: { append: () => undefined } };
  Object.assign(globalThis, { document });
  startDrag(transfer, ids("a1~m1", "a1~m2"), "2");
  const own = [areOf(a1), areOf("a2" as AccountId)];
  startDrag(transfer, ids("a1~m1", "a2~m2"), "2");

  expect([...own, areOf(a1), areOf("a2" as AccountId)]).toEqual([true, false, false, false]);
});

test("a mailbox is called as short as it can be and still be told from the others", () => {
  const info = { id: "a1", name: "", address: "info@buero.example" };
  const other = { id: "a2", name: "", address: "info@nord.example" };
  const named = { id: "a3", name: "Vermietung", address: "v@buero.example" };

  expect(shortName(info, [info, named])).toBe("info");
  expect(shortName(info, [info, other])).toBe("info@buero.example");
  expect(shortName(named, [info, other, named])).toBe("Vermietung");
});
