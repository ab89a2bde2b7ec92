// @vitest-environment jsdom
import "../../../../test/browser";
import { act, useLayoutEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EmailId } from "@/jmap";
import { isPaletteOpen } from "../palette/door";
import { rowMenuPlace } from "../list/rowMenu";
import { actions } from "./actions";
import type { ListSight, MailView, OpenDialog } from "./mail";
import { NO_TICKS, type Ticks } from "./ticks";
import { useKeys } from "./useKeys";

let root: Root;
let asked: OpenDialog[];
let opened: (string | null)[];
let ticks: Ticks;
let turned: number[];
let readOnlyNotes: number;
let written: string[];

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  asked = [];
  opened = [];
  ticks = NO_TICKS;
  turned = [];
  readOnlyNotes = 0;
  written = [];
  document.body.replaceChildren();
  root = createRoot(document.body.appendChild(document.createElement("div")));
});

afterEach(async () => {
  await act(() => { root.unmount(); });
  vi.useRealTimers();
});

/** A view of one message, as far as the keys look at it. */
const viewOf = (message: string): MailView =>
  ({
    mayWrite: true, ownerOf: () => ({ mayWrite: true }),
    rowDeeds: { targets: () => [message], chooseFolder: (ids: readonly EmailId[]) => { asked.push({ kind: "move", ids }); } },
  }) as unknown as MailView;

const ROWS = ["a", "b", "c", "d", "e"];

/** A list of five rows, the third on top of the screen, as far as the keys look at it. */
const listView = (view: Partial<MailView>): MailView => {
  const sight: ListSight = { first: () => 2, show: () => undefined, turn: (pages) => { turned.push(pages); } };
  const mayWrite = view.mayWrite ?? true;
  const account = view.account ?? { emails: { get: () => undefined }, mailboxes: { get: () => undefined } };
  return {
    mayWrite, cursor: null, messageId: null, ticks, sight: { current: sight },
    list: { rows: () => ROWS, indexOf: (id: string) => ROWS.indexOf(id), rowOf: (id: string) => id },
    reading: { current: null },
    rowDeeds: { targets: () => [] },
    open: (id: string | null) => { opened.push(id); },
    openRow: (id: string) => { opened.push(id); },
    setTicks: (change: (old: Ticks) => Ticks) => { ticks = change(ticks); },
    sayReadOnly: () => { readOnlyNotes += 1; },
    ownerOf: (id: string) => ({ account, id, mayWrite, folder: null, search: null }),
    writing: {
      isPossible: view.mayWrite ?? true, write: () => { written.push("new"); }, openDraft: (id: string) => { written.push(`draft ${id}`); },
      answer: (kind: string, id: string) => { written.push(`${kind} ${id}`); },
    },
    ...view,
  } as unknown as MailView;
};

function List(view: Partial<MailView>) {
  useKeys(listView(view));
  return null;
}

const press = (key: string, at: EventTarget = document.body) => at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

/** Presses a key in the moment its message is on the page. */
function Page({ message, pressed }: { readonly message: string; readonly pressed?: string }) {
  useKeys(viewOf(message));
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

test.each([["j", "d"], ["k", "b"], ["Enter", "c"], ["o", "c"]])("%s goes on from the message read last, although it is closed", async (key, next) => {
  await act(() => { root.render(<List cursor={"c" as EmailId} />); });

  press(key);

  expect(opened).toEqual([next]);
});

test("x ticks the message read last", async () => {
  await act(() => { root.render(<List cursor={"c" as EmailId} />); });

  press("x");

  expect([...ticks.ids]).toEqual(["c"]);
});

test("where nothing was read yet, j begins with the rows on screen", async () => {
  await act(() => { root.render(<List />); });

  press("j");

  expect(opened).toEqual(["c"]);
});

test("Home, End and the page keys turn the list wherever the focus is, and open nothing", async () => {
  await act(() => { root.render(<List />); });

  for (const key of ["Home", "End", "PageUp", "PageDown"]) press(key);

  expect(turned).toEqual([-Infinity, Infinity, -1, 1]);
  expect(opened).toEqual([]);
});

test("in the message itself, and in its frame, which hands its keys to the document, they scroll the message", async () => {
  await act(() => { root.render(<List />); });
  const article = document.body.appendChild(document.createElement("article"));

  press("PageDown", article);
  press("PageDown", document);
  press("j", document);

  expect(turned).toEqual([]);
  expect(opened).toEqual(["c"]);
});

test("who can only read is told so by every key that would change something, and nothing happens", async () => {
  await act(() => { root.render(<List mayWrite={false} cursor={"c" as EmailId} />); });

  for (const key of ["#", "Delete", "e", "s", "v", "U", "x"]) press(key);
  press("J");

  expect(readOnlyNotes).toBe(7);
  expect([asked, [...ticks.ids], opened]).toEqual([[], [], ["d"]]);
});

test("c writes, r answers, a answers all and f forwards what is being read", async () => {
  await act(() => { root.render(<List messageId={"c" as EmailId} />); });

  for (const key of ["c", "r", "a", "f"]) press(key);

  expect(written).toEqual(["new", "reply c", "replyAll c", "forward c"]);
});

test("without a message there is nothing to answer, and who can only read is told so", async () => {
  await act(() => { root.render(<List />); });
  press("r");
  await act(() => { root.render(<List mayWrite={false} messageId={"c" as EmailId} />); });
  press("c");
  press("r");

  expect([written, readOnlyNotes]).toEqual([[], 2]);
});

test("Enter on a draft goes on writing it", async () => {
  const draft = { mailboxIds: {}, keywords: { $draft: true } };
  await act(() => { root.render(<List cursor={"c" as EmailId} account={{ emails: { get: () => draft }, mailboxes: { get: () => undefined } } as unknown as MailView["account"]} />); });

  press("Enter");

  expect([written, opened]).toEqual([["draft c"], []]);
});

test("in a thread n and p go from message to message, Enter unfolds, ; and : all of it", async () => {
  const done: string[] = [];
  const reading = {
    current: {
      isStack: true, answers: "c" as EmailId, step: (by: number) => { done.push(`step ${String(by)}`); }, toggle: () => { done.push("toggle"); },
      foldAll: (isFolded: boolean) => { done.push(isFolded ? "fold" : "unfold"); }, print: () => { done.push("print"); },
    },
  };
  await act(() => { root.render(<List messageId={"c" as EmailId} cursor={"c" as EmailId} reading={reading} />); });

  for (const key of ["n", "p", "Enter", "o", ";", ":"]) press(key);

  expect(done).toEqual(["step 1", "step -1", "toggle", "toggle", "unfold", "fold"]);
  expect(opened).toEqual([]);
});

test("where one message is read alone, Enter opens it and the keys of threads do nothing", async () => {
  const reading = { current: { isStack: false } as unknown as NonNullable<MailView["reading"]["current"]> };
  await act(() => { root.render(<List messageId={"c" as EmailId} cursor={"c" as EmailId} reading={reading} />); });

  for (const key of ["n", "p", ";", ":", "Enter"]) press(key);

  expect(opened).toEqual(["c"]);
});

test("* and a letter tick by state, and what is not ticked can be", async () => {
  const list = {
    rows: () => ROWS, indexOf: (id: string) => ROWS.indexOf(id), rowOf: (id: string) => id,
    idsWhere: (state: string) => Promise.resolve(state === "unread" ? ["a", "d"] : []), idsBetween: () => Promise.resolve(ROWS),
  } as unknown as MailView["list"];
  await act(() => { root.render(<List list={list} />); });
  press("*");
  press("u");
  await act(async () => { await Promise.resolve(); });
  expect([...ticks.ids]).toEqual(["a", "d"]);

  await act(() => { root.render(<List list={list} ticks={ticks} />); });
  press("*");
  press("i");
  await act(async () => { for (let turn = 0; turn < 4; turn += 1) await Promise.resolve(); });

  expect([...ticks.ids]).toEqual(["b", "c", "e"]);
});

test("Ctrl+K opens the palette from fields too; then keys are the palette's, and other keys stay the field's", async () => {
  await act(() => { root.render(<List cursor={"c" as EmailId} />); });
  const field = document.body.appendChild(document.createElement("input"));
  press("j", field);
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true, cancelable: true }));
  press("j");

  expect([isPaletteOpen.get(), opened]).toEqual([true, []]);
  isPaletteOpen.set(false);
});

test("where several mailboxes are open, keys about one of them do nothing, those about rows and places do", async () => {
  const done: string[] = [];
  const all = {
    isMerged: true, openRole: (role: string) => { done.push(role); },
    favourites: { openNth: (place: number) => { done.push(`favourite ${String(place)}`); }, toggle: () => { done.push("made one"); } },
  } as unknown as Partial<MailView>;
  await act(() => { root.render(<List {...all} cursor={"c" as EmailId} />); });

  for (const key of ["F", "g", "s", "g", "2", "x"]) press(key);

  expect([done, [...ticks.ids]]).toEqual([["sent", "favourite 1"], ["c"]]);
});

test("every key means one thing, unless the view decides", () => {
  const met = new Map<string, string>();
  for (const [id, { keys, isMeant }] of actions) {
    for (const key of keys) {
      expect(`${key}: ${met.get(key) ?? id}`).toBe(`${key}: ${id}`);
      if (!isMeant) met.set(key, id);
    }
  }
});

test.each([
  [NO_TICKS, ["c"]],
  [{ ids: new Set(["a", "b"]), anchor: null }, ["a", "b"]],
])("the menu key is about what is ticked, else about the row that keys go on from (%#)", async (chosen, rows) => {
  rowMenuPlace.set(null);
  await act(() => { root.render(<List cursor={"c" as EmailId} ticks={chosen} />); });

  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "F10", shiftKey: true, bubbles: true, cancelable: true }));

  expect(rowMenuPlace.get()?.rows).toEqual(rows);
});

test("the browser's key for printing prints what is read; with nothing open it is the browser's", async () => {
  let printed = 0;
  const press = (): boolean => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "p", ctrlKey: true, bubbles: true, cancelable: true }));
  await act(() => { root.render(<List />); });
  const isLeftAlone = press();
  await act(() => { root.render(<List messageId={"m1" as EmailId} reading={{ current: { isStack: false, answers: "m1", print: () => { printed += 1; } } } as unknown as MailView["reading"]} />); });
  expect([isLeftAlone, press(), printed]).toEqual([true, false, 1]);
});
