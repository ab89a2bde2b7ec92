import { expect, test } from "vitest";
import { toastStore } from "@/ui/toasts";
import { offerUndo, undoLatest } from "./undo";

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
