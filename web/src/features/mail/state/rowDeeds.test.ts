import { expect, test } from "vitest";
import type { EmailId } from "@/jmap";
import type { Deeds } from "./mail";
import { deedsOnRows } from "./rowDeeds";
import { followed } from "./ticks";

type Options = Parameters<typeof deedsOnRows>[0];

const threads: Readonly<Record<string, readonly string[]>> = { r1: ["a1", "r1"], r2: ["b1", "b2", "r2"] };

/** Two threads; `r3` is not loaded. What was done to which messages, in order. */
function office(flagged: readonly string[] = [], targets: readonly string[] = ["r1"]) {
  const done: string[] = [];
  const note = (deed: string) => (ids: readonly string[], how?: unknown): void => { done.push(`${deed} ${ids.join(" ")}${how === undefined ? "" : ` ${String(how)}`}`); };
  const deeds = Object.fromEntries(["setSeen", "setFlagged", "toggleSeen", "toggleFlagged", "move", "moveToRole", "remove", "destroy", "chooseFolder"]
    .map((name) => [name, note(name)]));
  const list = {
    spec: { isThreaded: true }, messagesOf: (row: string) => threads[row] ?? null, messagesOfAll: () => Promise.resolve(["c1", "r3"]),
    rowOf: (id: string) => Object.entries(threads).find(([, ids]) => ids.includes(id))?.[0] ?? id,
  };
  const emailOf = (id: string) => ({ keywords: flagged.includes(id) ? { $flagged: true } : {} });
  const rows = deedsOnRows({ emailOf, list, deeds: { ...deeds, targets: () => targets } as unknown as Deeds, setProblem: note("problem") } as unknown as Options);
  return { rows, done };
}

const ids = (...names: string[]): EmailId[] => names as EmailId[];

test("moving, deleting and reading are done to all messages of the rows", () => {
  const { rows, done } = office();
  rows.setSeen(ids("r1"), true);
  rows.remove(ids("r1", "r2"));
  rows.moveToRole(ids("r2"), "archive");

  expect(done).toEqual(["setSeen a1 r1 true", "remove a1 r1 b1 b2 r2", "moveToRole b1 b2 r2 archive"]);
});

test("a flag is put on the newest message, and taken from all", () => {
  const bare = office();
  bare.rows.toggleFlagged(ids("r1"));
  const flagged = office(["a1"]);
  flagged.rows.toggleFlagged(ids("r1"));
  const mixed = office(["a1"]);
  mixed.rows.toggleFlagged(ids("r1", "r2"));

  expect([bare.done, flagged.done, mixed.done]).toEqual([["setFlagged r1 true"], ["setFlagged a1 r1 false"], ["setFlagged r2 true"]]);
});

test("rows that are not loaded are looked up first", async () => {
  const { rows, done } = office();
  rows.remove(ids("r3"));
  await Promise.resolve();

  expect(done).toEqual(["remove c1 r3"]);
});

test("the message being read stands for its row", () => {
  expect(office([], ["b1"]).rows.targets()).toEqual(["r2"]);
});

test("a tick goes along when new mail shows the thread by another message", () => {
  const rowOf = (id: string): string => (id === "old" ? "new" : id);

  expect(followed({ ids: new Set(["x", "old"]), anchor: "old" }, rowOf)).toEqual({ ids: new Set(["x", "new"]), anchor: "new" });
  const same = { ids: new Set(["x"]), anchor: "x" };
  expect(followed(same, rowOf)).toBe(same);
});
