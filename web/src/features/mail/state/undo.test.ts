import { expect, test } from "vitest";
import { toastStore } from "@/ui/toasts";
import { offerUndo, undoLatest, undoWhileUnderWay } from "./undo";

const shown = (): readonly string[] => toastStore.items().map((item) => item.text);
const never = () => () => undefined;

test("only what was done last can be taken back, and only once", () => {
  const undone: string[] = [];
  offerUndo("first", () => { undone.push("first"); }, [], never);
  offerUndo("second", () => { undone.push("second"); }, [], never);
  const during = shown();
  undoLatest();
  undoLatest();

  expect([during, undone, shown()]).toEqual([["second"], ["second"], []]);
});

test("the offer ends with its eight seconds, toast and all", () => {
  const undone: string[] = [];
  const ends: { ms: number; run: () => void }[] = [];
  offerUndo("moved", () => { undone.push("moved"); }, [], (ms, run) => { ends.push({ ms, run }); return () => undefined; });
  const before = shown();
  for (const { run } of ends) run();
  undoLatest();

  expect([ends.map(({ ms }) => ms), before, shown(), undone]).toEqual([[8_000], ["moved"], [], []]);
});

test("what was begun last is taken back first, and the button of an earlier offer takes back its own", () => {
  const done: string[] = [];
  offerUndo("archived", () => { done.push("archive"); });
  const end = undoWhileUnderWay(() => { done.push("send"); });
  undoLatest();
  expect(done).toEqual(["send"]);
  toastStore.items().at(-1)?.onUndo?.();
  expect(done).toEqual(["send", "archive"]);
  end();
  offerUndo("moved", () => { done.push("move"); });
  undoLatest();

  expect(done).toEqual(["send", "archive", "move"]);
});
