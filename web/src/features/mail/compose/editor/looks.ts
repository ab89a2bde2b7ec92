/** What makes text look in a way: colours, highlights, alignment, and none of it. Commands of the editor. */
import type { MarkType, Node as Block } from "prosemirror-model";
import type { Command, EditorState } from "prosemirror-state";
import { splitBlockAs } from "prosemirror-commands";
import { schema } from "./schema";

export type Align = "left" | "center" | "right";

/** What the text is where the writing mark stands: names of marks and blocks. */
export interface Look {
  readonly has: (name: string) => boolean;
  /** The first one's; null: as usual. */
  readonly colour: string | null;
  readonly highlight: string | null;
  readonly align: Align;
}

export function lookOf(state: EditorState): Look {
  const { selection: { $from, from, to, empty }, storedMarks, doc } = state;
  const marks = Object.entries(schema.marks).filter(([, type]) => (empty ? type.isInSet(storedMarks ?? $from.marks()) : doc.rangeHasMark(from, to, type)));
  const blocks = Array.from({ length: $from.depth }, (_, depth) => $from.node(depth + 1).type.name);
  const names = new Set([...marks.map(([name]) => name), ...blocks]);
  return {
    has: (name) => names.has(name), colour: colourAt(state, "colour"), highlight: colourAt(state, "highlight"),
    align: alignAt(state),
  };
}

function alignAt({ selection: { from, to }, doc }: EditorState): Align {
  let first: Block | undefined;
  doc.nodesBetween(from, to, (node) => { if (isAligned(node)) first ??= node; });
  const align: unknown = first?.attrs["align"];
  return align === "center" || align === "right" ? align : "left";
}

type Coloured = "colour" | "highlight";

function colourAt({ selection: { $from, from, to, empty }, storedMarks, doc }: EditorState, name: Coloured): string | null {
  const type = schema.marks[name];
  if (!type) return null;
  let found = empty ? type.isInSet(storedMarks ?? $from.marks()) : undefined;
  if (!empty) doc.nodesBetween(from, to, (node) => { found ??= node.isText ? type.isInSet(node.marks) : undefined; });
  return found ? String(found.attrs["colour"]) : null;
}

/** Give the selection a colour, or what is typed next; null: as usual. */
export function paint(name: Coloured, colour: string | null): Command {
  return (state, dispatch) => {
    const type = schema.marks[name];
    if (!type) return false;
    const { from, to, empty } = state.selection;
    const mark = colour === null ? null : type.create({ colour });
    const transaction = empty ? state.tr.removeStoredMark(type) : state.tr.removeMark(from, to, type);
    dispatch?.(mark === null ? transaction : empty ? transaction.addStoredMark(mark) : transaction.addMark(from, to, mark));
    return true;
  };
}

/** Set the alignment of every line that the selection touches. */
export function alignTo(align: Align): Command {
  return (state, dispatch) => {
    const { from, to } = state.selection;
    const transaction = state.tr;
    state.doc.nodesBetween(from, to, (node, at) => {
      if (isAligned(node)) transaction.setNodeMarkup(at, null, { ...node.attrs, align: align === "left" ? null : align });
    });
    dispatch?.(transaction);
    return true;
  };
}

function isAligned({ type }: Block): boolean {
  return "align" in (type.spec.attrs ?? {});
}

const splitAlike = splitBlockAs((node, isAtEnd) => (isAtEnd && node.type.name === "paragraph" ? { type: node.type, attrs: node.attrs } : null));

/** The line after one that is not on the left stands as it does; an empty one ends what it is in. */
export const nextLine: Command = (state, dispatch, view) => {
  const { parent } = state.selection.$from;
  return isAligned(parent) && parent.attrs["align"] !== null && parent.content.size > 0 && splitAlike(state, dispatch, view);
};

/** Every mark of the selection goes, and so do headings and alignment. */
export const plainLook: Command = (state, dispatch) => {
  const { from, to, empty } = state.selection;
  const transaction = (Object.values(schema.marks) as MarkType[]).reduce((tr, type) => (empty ? tr.removeStoredMark(type) : tr.removeMark(from, to, type)), state.tr);
  const paragraph = schema.nodes["paragraph"];
  if (paragraph) state.doc.nodesBetween(from, to, (node, at) => { if (isAligned(node)) transaction.setNodeMarkup(at, paragraph, { align: null }); });
  dispatch?.(transaction);
  return true;
};
