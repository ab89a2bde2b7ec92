/** What keys and typed signs do in the editor, beside writing. */
import { baseKeymap, chainCommands, exitCode, toggleMark } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { InputRule, inputRules, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { liftListItem, sinkListItem, splitListItem } from "prosemirror-schema-list";
import type { Command, Plugin } from "prosemirror-state";
import { writeOn } from "./inserting";
import { nextLine } from "./looks";
import { schema } from "./schema";

const { list_item, hard_break, bullet_list, ordered_list } = schema.nodes as Required<typeof schema.nodes>;
const { strong, em, underline, link } = schema.marks as Required<typeof schema.marks>;

const breakLine: Command = (state, dispatch) => {
  if (hard_break) dispatch?.(state.tr.replaceSelectionWith(hard_break.create()).scrollIntoView());
  return true;
};

/** "https://x.example " becomes a link; the blank is no part of it. */
const linkRule = new InputRule(/(?:^|\s)((?:https?:\/\/|www\.)[^\s<>"]{3,}[^\s<>".,;:!?)])\s$/u, (state, match, start, end) => {
  const address = match[1] ?? "";
  const from = start + match[0].indexOf(address);
  if (!link || state.doc.rangeHasMark(from, end, link)) return null;
  return state.tr.addMark(from, end, link.create({ href: address.startsWith("www.") ? `https://${address}` : address })).removeStoredMark(link).insertText(" ", end);
});

export interface KeyDeeds {
  readonly onLink: () => void;
}

export function editorPlugins({ onLink }: KeyDeeds): readonly Plugin[] {
  if (!list_item || !bullet_list || !ordered_list || !strong || !em || !underline) return [];
  return [
    history(), writeOn,
    inputRules({ rules: [wrappingInputRule(/^\s*[-*]\s$/u, bullet_list), wrappingInputRule(/^1\.\s$/u, ordered_list), linkRule] }),
    keymap({
      "Mod-b": toggleMark(strong), "Mod-i": toggleMark(em), "Mod-u": toggleMark(underline),
      "Mod-z": undo, "Mod-y": redo, "Mod-Shift-z": redo,
      "Mod-k": () => { onLink(); return true; },
      "Shift-Enter": chainCommands(exitCode, breakLine),
      Enter: chainCommands(splitListItem(list_item), nextLine),
      Tab: sinkListItem(list_item), "Shift-Tab": liftListItem(list_item), // elsewhere Tab leaves the editor
    }),
    keymap(Object.fromEntries(Object.entries(baseKeymap).filter(([key]) => key !== "Mod-Enter"))), // which sends
  ];
}
