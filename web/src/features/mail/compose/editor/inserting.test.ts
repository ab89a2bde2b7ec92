// @vitest-environment jsdom
import "../../../../../test/browser";
import { EditorState, Selection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { history, undo } from "prosemirror-history";
import { expect, test } from "vitest";
import { signedHtml } from "../signature";
import { insertHtml, removeBack, sign } from "./inserting";
import { docOf, htmlOf } from "./mailHtml";

const empty = '<p style="margin:0"><br></p>';
const line = (text: string): string => `<p style="margin:0">${text}</p>`;
const quote = '<div class="poststelle-quote"><p style="margin:0">Am:</p></div>';

function editor(html: string): EditorView {
  const view = new EditorView(document.createElement("div"), {
    state: EditorState.create({ doc: docOf(html), plugins: [history()] }),
    nodeViews: { kept: () => ({ dom: document.createElement("div") }) },
  });
  view.dispatch(view.state.tr.setSelection(Selection.atStart(view.state.doc)));
  return view;
}

/** Browsers write styles in their own way. */
const textOf = (view: EditorView): string => htmlOf(view.state.doc).replaceAll("margin: 0px;", "margin:0");

test.each([empty, empty + empty + quote, line("Text") + quote, line("Text") + empty + quote, line("Text")])("%s is signed as its HTML would be", (html) => {
  const view = editor(html);
  sign(view, line("Anna"));

  expect(textOf(view)).toBe(signedHtml(html, line("Anna")));
});

test("another signature takes the place, none leaves the rest, and each step can be undone", () => {
  const view = editor(signedHtml(line("Text") + quote, line("Anna")));
  const before = textOf(view);
  sign(view, line("Tom") + line("Büro"));
  const changed = textOf(view);
  sign(view, null);

  expect(changed).toBe(signedHtml(before, line("Tom") + line("Büro")));
  expect(textOf(view)).toBe(line("Text") + empty + empty + quote);
  undo(view.state, (tr) => { view.dispatch(tr); });
  expect(textOf(view)).toBe(changed);
});

test("a signature alone leaves a line to write in, and the first one is no step", () => {
  const view = editor(`<div class="poststelle-signature">${line("Anna")}</div>`);
  sign(view, null);
  expect(textOf(view)).toBe(empty);

  const fresh = editor(empty);
  sign(fresh, line("Anna"), true);
  expect(undo(fresh.state)).toBe(false);
});

test("a template takes the place of what called it, and of an empty line", () => {
  const view = editor(line("Hallo /bes"));
  view.dispatch(view.state.tr.setSelection(Selection.atEnd(view.state.doc)));
  removeBack(view, view.state.selection.from - 4);
  insertHtml(view, line("eins") + line("zwei"));
  expect(textOf(view)).toBe(line("Hallo eins") + line("zwei"));

  const fresh = editor(empty + quote);
  insertHtml(fresh, line("eins") + line("zwei"));
  expect(textOf(fresh)).toBe(line("eins") + line("zwei") + quote);
  expect(fresh.state.selection.$from.parent.textContent).toBe("zwei");
});
