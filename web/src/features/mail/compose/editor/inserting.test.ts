// @vitest-environment jsdom
import "../../../../../test/browser";
import type { Plugin } from "prosemirror-state";
import { EditorState, Selection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { history, undo } from "prosemirror-history";
import { describe, expect, test } from "vitest";
import { signedHtml } from "../signature";
import { insertHtml, removeBack, sign } from "./inserting";
import { editorPlugins } from "./keys";
import { docOf, htmlOf } from "./mailHtml";

const empty = '<p style="margin:0"><br></p>';
const line = (text: string): string => `<p style="margin:0">${text}</p>`;
const quote = '<div class="poststelle-quote"><p style="margin:0">Am:</p></div>';

function editor(html: string, plugins: readonly Plugin[] = [history()]): EditorView {
  const view = new EditorView(document.createElement("div"), {
    state: EditorState.create({ doc: docOf(html), plugins }),
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

describe("a table that is put in stays when its writer writes on:", () => {
  const table = "<table><tbody><tr><td>Wohnung</td><td>850</td></tr></tbody></table>";
  const writer = (html: string): EditorView => {
    const view = editor(html, editorPlugins({ onLink: () => undefined }));
    view.dispatch(view.state.tr.setSelection(Selection.atEnd(view.state.doc)));
    return view;
  };
  const type = (view: EditorView, text: string): void => { view.dispatch(view.state.tr.insertText(text)); };
  const words = (view: EditorView): string => textOf(view).replace(/<table.*<\/table>/u, "[table]");

  test.each([
    ["at the end of a letter", line("Hier:") + empty, `${line("Hier:")}[table]${line("Gruß")}`],
    ["in the last line", line("Hier:"), `${line("Hier:")}[table]${line("Gruß")}`],
    ["in an empty letter", empty, `[table]${line("Gruß")}`],
  ])("pasted %s", (_, html, shown) => {
    const view = writer(html);
    view.pasteHTML(table, new Event("paste") as ClipboardEvent);
    type(view, "Gruß");

    expect(words(view)).toBe(shown);
    undo(view.state, (tr) => { view.dispatch(tr); });
    undo(view.state, (tr) => { view.dispatch(tr); });
    expect(textOf(view)).toBe(html);
  });

  test("pasted between lines, it is followed by the next one", () => {
    const view = writer(line("eins") + line("zwei"));
    view.dispatch(view.state.tr.setSelection(Selection.near(view.state.doc.resolve(5))));
    view.pasteHTML(table, new Event("paste") as ClipboardEvent);
    type(view, "Gruß");

    expect(words(view)).toMatch(/eins.*\[table\].*Gruß.*zwei/u);
  });

  test("as the end of a template", () => {
    const view = writer(empty);
    insertHtml(view, line("Preise:") + table);
    type(view, "Gruß");

    expect(words(view)).toBe(`${line("Preise:")}[table]${line("Gruß")}`);
  });
});
