// @vitest-environment jsdom
import { act, useLayoutEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { MailView, OpenDialog } from "./mail";
import { useKeys } from "./useKeys";

let root: Root;
let asked: OpenDialog[];

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  asked = [];
  root = createRoot(document.body.appendChild(document.createElement("div")));
});

afterEach(async () => {
  await act(() => { root.unmount(); });
  vi.useRealTimers();
});

/** A view of one message, as far as the keys look at it. */
const viewOf = (message: string): MailView =>
  ({
    mayWrite: true,
    deeds: { targets: () => [message] },
    setDialog: (dialog: OpenDialog) => { asked.push(dialog); },
  }) as unknown as MailView;

const press = (key: string) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

/** Presses a key in the moment its message is on the page. */
function Page({ message, pressed }: { readonly message: string; readonly pressed?: string }) {
  useKeys(viewOf(message), () => undefined);
  useLayoutEffect(() => { if (pressed) press(pressed); }, [pressed]);
  return null;
}

test("a key in the first second of a page's life does what it says", async () => {
  vi.useFakeTimers({ toFake: ["performance"], now: 0 });
  await act(() => { root.render(<Page message="m1" />); });

  press("v");

  expect(asked).toEqual([{ kind: "move", ids: ["m1"] }]);
});

test("a key pressed while the next message appears is about that message", async () => {
  await act(() => { root.render(<Page message="m1" />); });

  await act(() => { root.render(<Page message="m2" pressed="v" />); });

  expect(asked).toEqual([{ kind: "move", ids: ["m2"] }]);
});

test("g and a letter go to a folder; the letter alone does not", async () => {
  await act(() => { root.render(<Page message="m1" />); });

  press("g");
  press("v");
  press("v");

  expect(asked).toEqual([{ kind: "move", ids: ["m1"] }]);
});
