// @vitest-environment jsdom
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { messages } from "../locales/de.po";
import { TextField } from "./Field";

let root: Root;
let sent: number;

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  i18n.loadAndActivate({ locale: "de", messages });
  sent = 0;
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(() =>
    root.render(
      <I18nProvider i18n={i18n}>
        <form onSubmit={(event) => { event.preventDefault(); sent += 1; }}>
          <TextField label="Telefon" />
          <TextField label="Name" required />
          <TextField label="Anmeldename" required />
        </form>
      </I18nProvider>,
    ),
  );
});

afterEach(() => act(() => root.unmount()));

const fields = () => [...document.querySelectorAll("input")];
const send = () => act(() => document.querySelector("form")?.requestSubmit());

test("an empty field that must be filled says so itself, in the page's language, and the first has the focus", async () => {
  let hasBubble = false;
  document.addEventListener("invalid", (event) => { hasBubble ||= !event.defaultPrevented; });

  await send();

  expect([sent, hasBubble]).toEqual([0, false]);
  expect(fields().map((field) => field.getAttribute("aria-invalid"))).toEqual([null, "true", "true"]);
  expect([...document.querySelectorAll("[role=alert]")].map((alert) => alert.textContent)).toEqual(Array(2).fill("Bitte füllen Sie dieses Feld aus."));
  expect(document.activeElement).toBe(fields()[1]);
});

test("typing takes the note away", async () => {
  await send();
  const name = fields()[1];

  await act(() => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(name, "Ida");
    name?.dispatchEvent(new Event("input", { bubbles: true }));
  });

  expect(fields().map((field) => field.getAttribute("aria-invalid"))).toEqual([null, null, "true"]);
});
