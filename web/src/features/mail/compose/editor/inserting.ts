/** What is put into the text by others than its writer's hands: signatures and templates. Steps that can be undone. */
import type { Node as Block } from "prosemirror-model";
import { closeHistory } from "prosemirror-history";
import { Slice } from "prosemirror-model";
import type { Transaction } from "prosemirror-state";
import { NodeSelection, Plugin, Selection, TextSelection } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { docOf } from "./mailHtml";
import { schema } from "./schema";

/**
 * Put another signature in place of the letter's, or none. A letter without one gets it before what it quotes, below
 * an empty line, as `signedHtml` does. `isFirst`: it belongs to the letter's beginning, and no step leads back behind that.
 */
export function sign(view: EditorView, html: string | null, isFirst = false): void {
  const { doc, tr } = view.state;
  const block = html === null ? null : schema.nodes["signature"]?.create(null, docOf(html).content);
  const place = topLevel(doc, ({ type }) => type.name === "signature");
  if (place) {
    if (block) tr.replaceWith(place.from, place.to, block);
    else if (doc.childCount === 1) tr.replaceWith(place.from, place.to, emptyLine());
    else tr.delete(place.from, place.to);
  } else if (block) putBeforeQuote(tr, block);
  else return;
  view.dispatch(isFirst ? tr.setMeta("addToHistory", false) : closeHistory(tr));
}

function putBeforeQuote(tr: Transaction, block: Block): void {
  const { doc } = tr;
  const quote = topLevel(doc, ({ type, attrs }) => type.name === "kept" && attrs["kind"] !== "table");
  const end = quote?.from ?? doc.content.size;
  const isEmptyAbove = quote !== null && isEmptyLine(doc.resolve(end).nodeBefore);
  const at = isEmptyAbove ? end - 2 : end;
  const hasGap = isEmptyLine(doc.resolve(at).nodeBefore) && at > 2;
  tr.insert(at, [...(hasGap ? [] : [emptyLine()]), block, ...(quote && !isEmptyAbove ? [emptyLine()] : [])]);
}

function isEmptyLine(node: Block | null): boolean {
  return node?.type.name === "paragraph" && node.content.size === 0;
}

function emptyLine(): Block {
  return schema.node("paragraph");
}

interface Place {
  readonly from: number;
  readonly to: number;
}

function topLevel(doc: Block, wanted: (node: Block) => boolean): Place | null {
  let place: Place | null = null;
  doc.forEach((node, at) => { if (!place && wanted(node)) place = { from: at, to: at + node.nodeSize }; });
  return place;
}

/** Paragraphs go in whole; in an empty line they take its place. The writing mark stands behind them. */
export function insertHtml(view: EditorView, html: string): void {
  const { content } = docOf(html);
  const { state } = view;
  const { $from, empty } = state.selection;
  const isEmptyLine = empty && $from.parent.isTextblock && $from.parent.content.size === 0;
  const tr = isEmptyLine ? state.tr.replaceWith($from.before(), $from.after(), content) : state.tr.replaceSelection(new Slice(content, 1, 1));
  const end = tr.mapping.map(isEmptyLine ? $from.after() : state.selection.to);
  tr.setSelection(Selection.near(tr.doc.resolve(Math.min(end, tr.doc.content.size)), -1));
  view.dispatch(closeHistory(behindKept(tr)).scrollIntoView());
  view.focus();
}

/** Who pastes a table, or drops one, writes on behind it: chosen as a whole, as it would be, the next key would take its place. */
export const writeOn = new Plugin({
  appendTransaction: (transactions, _, { tr }) => {
    const isBrought = transactions.some((each) => each.docChanged && ["paste", "drop"].includes(each.getMeta("uiEvent") as string));
    return isBrought && behindKept(tr).selectionSet ? tr.scrollIntoView() : null;
  },
});

/** Where what was put in ends with a block that is kept whole, the writing mark goes to the line below it, made if there is none. */
function behindKept(tr: Transaction): Transaction {
  const { selection } = tr;
  if (!(selection instanceof NodeSelection) || selection.node.type.name !== "kept") return tr;
  const { $to } = selection;
  if (!$to.nodeAfter?.isTextblock) tr.insert($to.pos, emptyLine());
  return tr.setSelection(TextSelection.create(tr.doc, $to.pos + 1));
}

export function insertText(view: EditorView, text: string): void {
  view.dispatch(view.state.tr.insertText(text).scrollIntoView());
  view.focus();
}

/** Take away what was typed from there to the writing mark. */
export function removeBack(view: EditorView, from: number): void {
  const { tr, selection } = view.state;
  tr.delete(from, selection.from);
  view.dispatch(tr.setSelection(TextSelection.near(tr.doc.resolve(from))));
}
