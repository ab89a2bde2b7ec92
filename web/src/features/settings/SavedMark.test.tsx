// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Page } from "../../../test/page";
import { SavedMark } from "./SavedMark";
import { useSaved } from "./useSaved";

let page: Page;
let said: string[];

beforeEach(async () => {
  vi.useFakeTimers();
  page = new Page();
  said = [];
  await page.show(<Option />);
  await page.press("Change");
});

afterEach(async () => {
  await page.end();
  vi.useRealTimers();
});

function Option() {
  const saved = useSaved();
  const say = (what: string) => () => Promise.resolve(said.push(what));
  return (
    <>
      <button type="button" onClick={() => void saved.save(say("on"), say("off"))}>Change</button>
      <SavedMark saved={saved} />
    </>
  );
}

const undo = (): HTMLElement | undefined => [...document.querySelectorAll("button")].find(({ textContent }) => textContent === "Undo");
const pass = (seconds: number): Promise<void> => act(async () => { await vi.advanceTimersByTimeAsync(seconds * 1000); });
const happens = (event: Event): Promise<void> => act(async () => { undo()?.dispatchEvent(event); });

test("the way back is offered for eight seconds", async () => {
  await pass(7);
  const before = undo();
  await pass(2);

  expect([before?.textContent, undo()]).toEqual(["Undo", undefined]);
});

test.each([
  ["pointed at", "pointerover", "pointerout"],
  ["about to be pressed by the keyboard", "focusin", "focusout"],
])("it stays while it is %s", async (_, begin, end) => {
  await happens(new MouseEvent(begin, { bubbles: true }));
  await pass(60);
  const held = undo();
  await happens(new MouseEvent(end, { bubbles: true }));
  await pass(9);

  expect([held?.textContent, undo()]).toEqual(["Undo", undefined]);
});

test("what was taken back holds no later one", async () => {
  await happens(new MouseEvent("pointerover", { bubbles: true }));
  await page.press("Undo");
  await page.press("Change");
  await pass(9);

  expect([said, undo()]).toEqual([["on", "off", "on"], undefined]);
});
