// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TipWatch } from "./tip-watch";

let end: () => void;
let shown: string | null;

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = `<button id="reply" data-tip="Reply"><i id="icon"></i></button><button id="archive" data-tip="Archive"></button><p id="text"></p><div role="tooltip" id="words"></div>`;
  shown = null;
  end = new TipWatch((element) => { shown = element?.id ?? null; }).begin();
});

afterEach(() => {
  end();
  vi.useRealTimers();
});

function fire(kind: string, id: string, init: PointerEventInit = {}): void {
  document.getElementById(id)?.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerType: "mouse", ...init }));
}

test("words come when an element is pointed at for a while, whatever part of it", () => {
  fire("pointerover", "reply");
  vi.advanceTimersByTime(400);
  fire("pointerover", "icon");
  expect(shown).toBeNull();
  vi.advanceTimersByTime(100);
  expect(shown).toBe("reply");
});

test("the next one's words come at once, and go with the pointer", () => {
  fire("pointerover", "reply");
  vi.advanceTimersByTime(500);
  fire("pointerover", "archive");
  expect(shown).toBe("archive");
  fire("pointerover", "text");
  vi.advanceTimersByTime(120);
  expect(shown).toBeNull();
});

test("the pointer may go over to the words", () => {
  fire("pointerover", "reply");
  vi.advanceTimersByTime(500);
  fire("pointerover", "text");
  fire("pointerover", "words");
  vi.advanceTimersByTime(1000);
  expect(shown).toBe("reply");
  fire("pointerover", "text");
  vi.advanceTimersByTime(120);
  expect(shown).toBeNull();
});

test("what was pressed says nothing more until the pointer comes anew", () => {
  fire("pointerover", "reply");
  fire("pointerdown", "reply");
  fire("pointerover", "icon");
  vi.advanceTimersByTime(1000);
  expect(shown).toBeNull();
  fire("pointerover", "text");
  vi.advanceTimersByTime(1000);
  fire("pointerover", "reply");
  vi.advanceTimersByTime(500);
  expect(shown).toBe("reply");
});

test("a finger brings no words", () => {
  fire("pointerover", "reply", { pointerType: "touch" });
  vi.advanceTimersByTime(1000);
  expect(shown).toBeNull();
});

test("the keyboard brings them at once, and a key takes them away", () => {
  document.getElementById("reply")?.focus();
  expect(shown).toBe("reply");
  document.getElementById("reply")?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  expect(shown).toBeNull();
});
