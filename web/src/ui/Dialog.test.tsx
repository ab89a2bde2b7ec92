// @vitest-environment jsdom
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { act, type ReactNode, useState } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Dialog } from "./Dialog";
import { Menu, MenuItem } from "./Menu";
import { TooltipHost } from "./TooltipHost";

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

const render = (page: ReactNode) =>
  act(() =>
    root.render(
      <I18nProvider i18n={i18n}>
        {page}
        <TooltipHost />
      </I18nProvider>,
    ),
  );

/** Radix gives focus back a moment after the end. */
const aMomentLater = () => act(() => new Promise((done) => setTimeout(done, 5)));

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
  await render(<Question />);
  await act(() => document.querySelector<HTMLElement>("[role=dialog] button")?.focus());
  expect(shown("tooltip")).not.toBeNull();

  await press("Escape");

  expect(shown("dialog")).toBeNull();
});

test("what is longer than the dialog takes the keyboard first, by its name; what is not, does not", async () => {
  const height = Object.getOwnPropertyDescriptor(Element.prototype, "scrollHeight") ?? {};
  await render(<Question />);
  const short = document.activeElement?.getAttribute("role");
  await act(() => root.render(null));
  Object.defineProperty(Element.prototype, "scrollHeight", { configurable: true, get: () => 1_000 });
  await render(<Question />);
  Object.defineProperty(Element.prototype, "scrollHeight", height);

  const { role, tabIndex, ariaLabel } = document.activeElement as HTMLElement;
  expect([short, role, tabIndex, ariaLabel]).toEqual(["dialog", "region", 0, "Delete this?"]);
});

/** A list, and a dialog that is there only while it is asked for: by a key, or by a line of the menu. */
function Page() {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <div id="list" tabIndex={0} data-focus-home onKeyDown={(event) => event.key === "?" && setAsking(true)} />
      <Menu trigger={<button type="button">More</button>}>
        <MenuItem onSelect={() => setAsking(true)}>Ask</MenuItem>
      </Menu>
      {isAsking && (
        <Dialog isOpen onClose={() => setAsking(false)} title="Move to">
          <input id="field" />
        </Dialog>
      )}
    </>
  );
}

test("after a dialog that a key opened, focus is in the list again", async () => {
  await render(<Page />);
  await act(() => document.getElementById("list")?.focus());
  await press("?");
  expect(document.activeElement?.id).toBe("field");

  await press("Escape");
  await aMomentLater();

  expect(document.activeElement?.id).toBe("list");
});

test("after a dialog that a menu opened, focus is at the menu's button", async () => {
  await render(<Page />);
  const button = document.querySelector("button");
  await act(() => button?.focus());
  await press("Enter");
  await act(() => document.querySelector<HTMLElement>("[role=menuitem]")?.focus());
  await press("Enter");
  await aMomentLater();
  expect(shown("dialog")).not.toBeNull();

  await press("Escape");
  await aMomentLater();

  expect(document.activeElement).toBe(button);
});

test("what nothing had opened, or what is gone, leaves the focus to the page's main part", async () => {
  await render(<Page />);
  const passing = document.body.appendChild(document.createElement("button"));
  passing.addEventListener("keydown", () => document.getElementById("list")?.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true })));
  await act(() => passing.focus());
  await press("?");
  expect(shown("dialog")).not.toBeNull();
  passing.remove();

  await press("Escape");
  await aMomentLater();

  expect(document.activeElement?.id).toBe("list");
});

test("what is submitted in a dialog is not submitted to the form around what opened it", async () => {
  const submitted: string[] = [];
  await render(
    <form onSubmit={() => { submitted.push("signature"); }}>
      <Dialog isOpen onClose={() => undefined} title="Link">
        <form onSubmit={(event) => { event.preventDefault(); submitted.push("link"); }}><input /></form>
      </Dialog>
    </form>,
  );
  await act(() => document.querySelector("[role=dialog] form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));
  expect(submitted).toEqual(["link"]);
});
