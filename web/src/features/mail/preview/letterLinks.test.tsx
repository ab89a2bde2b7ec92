// @vitest-environment jsdom
import { Page } from "../../../../test/page";
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toastStore } from "@/ui/toasts";
import { type MailView, MailContext } from "../state/mail";
import { AddressMenu } from "./AddressMenu";
import { watchFrame } from "./HtmlBody";
import { LeaveContext, letterOf } from "./letterLinks";
import { TextBody } from "./TextBody";

let page: Page;
/** What was done, in order. */
let done: unknown[];

beforeEach(() => {
  page = new Page();
  done = [];
});

afterEach(() => page.end());

const view = (mayWrite = true): MailView => ({
  writing: { isPossible: mayWrite, writeOn: (start: unknown) => { done.push(start); } },
  setSearch: (...asked: unknown[]) => { done.push(asked); }, scopes: ["everywhere", "mailbox", "here"],
}) as unknown as MailView;

async function press(link: Element | null): Promise<boolean> {
  const event = new MouseEvent("click", { bubbles: true, cancelable: true });
  await act(async () => { link?.dispatchEvent(event); });
  return event.defaultPrevented;
}

test("an address in a message's frame is handed to the page, which knows it by its own words", () => {
  const frame = document.body.appendChild(document.createElement("iframe"));
  const inside = frame.contentDocument as Document;
  inside.body.innerHTML = '<a href="MAILTO:desk@firm.example?subject=Hallo%20Sie&bcc=spy@x.example"><b>Schreiben</b></a><a href="https://firm.example">Seite</a>';
  const pressed: (EventTarget | null)[] = [];
  const stop = watchFrame(frame, { onHeight: () => undefined, onTarget: () => undefined, onPress: ({ target }) => { pressed.push(target); } });
  for (const each of [inside.querySelector("b"), inside.querySelectorAll("a")[1]]) each?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  stop();

  expect(pressed.map(letterOf)).toEqual([{ to: [{ name: null, email: "desk@firm.example" }], cc: [], subject: "Hallo Sie", text: "" }, null]);
});

test.each([[true, true, ["left", { to: [{ name: null, email: "desk@firm.example" }], cc: [], subject: "", text: "" }]], [false, false, []]])("an address in a plain text begins a letter, where one may write (%s)", async (mayWrite, isTaken, expected) => {
  await page.show(
    <MailContext value={view(mayWrite)}><LeaveContext value={() => { done.push("left"); }}>
      <TextBody text="An desk@firm.example oder https://firm.example" isForward={false} />
    </LeaveContext></MailContext>,
  );
  const [mail, web] = [...document.querySelectorAll("a")].slice(0, 2);
  web?.addEventListener("click", (event) => { event.preventDefault(); }); // jsdom goes nowhere
  const taken = await press(mail ?? null);

  expect([taken, done]).toEqual([isTaken, expected]);
});

/** The lines of the menu at an address; `choose` is pressed. */
async function menuOf(mayWrite: boolean, choose: string): Promise<(string | null)[]> {
  await page.show(null);
  await page.show(<MailContext value={view(mayWrite)}><AddressMenu person={{ name: "Anna", email: "anna@x.example" }}>Anna</AddressMenu></MailContext>);
  await page.press("Anna");
  const lines = [...document.querySelectorAll("[role=menuitem]")];
  await press(lines.find((each) => each.textContent === choose) ?? null);
  return lines.map((each) => each.textContent);
}

test("a person in the head of a message can be written to, copied and looked for", async () => {
  const writeText = vi.fn(() => Promise.resolve());
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText } });
  const lines = await menuOf(true, "Write to this address");
  await menuOf(true, "Find messages from and to this address");
  await menuOf(true, "Copy address");
  const reading = await menuOf(false, "");

  expect(lines).toEqual(["Write to this address", "Copy address", "Find messages from and to this address"]);
  expect(done).toEqual([
    { to: [{ name: "Anna", email: "anna@x.example" }], cc: [], subject: "", text: "" },
    ['from:"anna@x.example" OR to:"anna@x.example"', { scope: "mailbox" }],
  ]);
  expect([writeText.mock.calls, toastStore.items().at(-1)?.text]).toEqual([[["anna@x.example"]], "Copied: anna@x.example"]);
  expect(reading).toEqual(["Copy address", "Find messages from and to this address"]);
});
