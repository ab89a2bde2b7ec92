import { expect, test } from "vitest";
import { closeToast, showToast, toastStore } from "@/ui/toasts";
import { isUndoOffered, offerUndo, undoLatest, undoWhileUnderWay } from "./undo";

const shown = (): readonly string[] => toastStore.items().map((item) => item.text);

test("only what was done last can be taken back, and only once", () => {
  const undone: string[] = [];
  offerUndo("first", () => { undone.push("first"); });
  offerUndo("second", () => { undone.push("second"); });
  const during = shown();
  undoLatest();
  undoLatest();

  expect([during, undone, shown()]).toEqual([["second"], ["second"], []]);
});

test("the offer lasts as long as its toast: until that is closed, or newer ones have taken its place", () => {
  const undone: string[] = [];
  offerUndo("moved", () => { undone.push("moved"); });
  closeToast(toastStore.items()[0]?.id ?? 0);
  undoLatest();
  offerUndo("archived", () => { undone.push("archived"); });
  for (const each of ["copied", "saved"]) showToast(each);
  const isStillOffered = isUndoOffered();
  showToast("sent");
  undoLatest();

  expect([isStillOffered, shown(), undone]).toEqual([true, ["copied", "saved", "sent"], []]);
  for (const { id } of toastStore.items()) closeToast(id);
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
