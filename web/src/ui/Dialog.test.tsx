// @vitest-environment jsdom
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { act, useState } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Dialog } from "./Dialog";
import { TooltipProvider } from "./Tooltip";

let root: Root;

beforeEach(() => {
  Object.assign(globalThis, {
    IS_REACT_ACT_ENVIRONMENT: true,
    ResizeObserver: class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  });
  i18n.loadAndActivate({ locale: "en", messages: {} });
  root = createRoot(document.body.appendChild(document.createElement("div")));
});

afterEach(() => act(() => root.unmount()));

function Question() {
  const [isOpen, setOpen] = useState(true);
  return (
    <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title="Delete this?">
      Really?
    </Dialog>
  );
}

const shown = (role: string) => document.querySelector(`[role=${role}]`);

const press = (key: string) =>
  act(() => document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));

test("one Escape closes a dialog, even while the tooltip of its cross shows", async () => {
  await act(() =>
    root.render(
      <I18nProvider i18n={i18n}>
        <TooltipProvider>
          <Question />
        </TooltipProvider>
      </I18nProvider>,
    ),
  );
  await act(() => document.querySelector<HTMLElement>("[role=dialog] button")?.focus());
  expect(shown("tooltip")).not.toBeNull();

  await press("Escape");

  expect(shown("dialog")).toBeNull();
});
