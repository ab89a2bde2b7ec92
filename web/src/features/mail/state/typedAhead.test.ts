// @vitest-environment jsdom
import { beforeEach, expect, test } from "vitest";
import { keepTyping } from "./typedAhead";

let acted: string[];
let inserted: string[];
let pauses: (() => void)[];

beforeEach(() => {
  [acted, inserted, pauses] = [[], [], []];
  document.body.innerHTML = "<button></button><div role=dialog><input></div><input id=search>";
  document.body.onkeydown = ({ key }) => { acted.push(key); }; // as the mail page's own keys
});

const typing = () => keepTyping({
  insert: (text) => { inserted.push(text); },
  after: (_, run) => {
    pauses.push(run);
    return () => { pauses = pauses.filter((each) => each !== run); };
  },
});

const press = (key: string, more: KeyboardEventInit = {}) => (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
const type = (text: string) => { for (const key of text) press(key); };
const focus = async (selector: string) => {
  document.querySelector<HTMLElement>(selector)?.focus();
  await Promise.resolve();
};

test("what is typed until the letter has the focus does nothing to the mail and stands in the letter", async () => {
  const letter = typing();
  await focus("button");
  type("ex#");
  press("Backspace");
  const isLeftToTheButton = press("Enter");
  press("a", { ctrlKey: true });
  letter.come();
  await focus("[role=dialog] input");
  press("s");

  expect([acted, inserted, isLeftToTheButton, pauses]).toEqual([["s"], ["ex"], false, []]);
});

test("a letter that has the focus before its signature gets what is typed after it, or at once when more than letters are typed", async () => {
  const letter = typing();
  type("ex");
  await focus("[role=dialog] input");
  type("a");
  const before = [...inserted];
  letter.come();
  typing();
  await focus("button");
  type("o");
  await focus("[role=dialog] input");
  press("Tab");

  expect([before, inserted, acted, pauses]).toEqual([[], ["exa", "o"], ["Tab"], []]);
});

test.each([
  ["it can't be begun", (letter: ReturnType<typeof typing>) => { letter.fail(); }],
  ["it does not come in time", () => { pauses[0]?.(); }],
  ["it comes and leaves the focus where it is", (letter: ReturnType<typeof typing>) => { letter.come(); pauses[0]?.(); }],
  ["another field is gone into", () => { document.querySelector<HTMLElement>("#search")?.focus(); }],
  ["another letter is begun, and fails", () => { typing().fail(); }],
])("keys are the mail's again when %s", async (_, happens) => {
  const letter = typing();
  type("e");
  happens(letter);
  await focus("button");
  type("j");
  await focus("[role=dialog] input");

  expect([acted, inserted, pauses]).toEqual([["j"], [], []]);
});

test("Escape gives the keys back", () => {
  typing();
  type("e");
  press("Escape");
  type("j");

  expect(acted).toEqual(["Escape", "j"]);
});
