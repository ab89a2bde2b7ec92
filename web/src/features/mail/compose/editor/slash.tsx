import { useLingui } from "@lingui/react/macro";
import type { EditorState } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import type { ReactNode } from "react";
import { useId, useState } from "react";
import { cx } from "@/ui";
import { removeBack } from "./inserting";

export interface Proposal {
  readonly key: string;
  readonly name: string;
  readonly detail: string;
}

/** What can be put in by typing its name behind a "/". */
export interface Proposals {
  readonly find: (words: string) => readonly Proposal[];
  readonly choose: (key: string) => void;
}

interface Open {
  readonly from: number;
  readonly words: string;
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Slash {
  readonly isOpen: boolean;
  /** The text or the writing mark changed. */
  readonly look: (state: EditorState) => void;
  /** A key, while proposals are shown; true when it was meant for them. */
  readonly take: (event: KeyboardEvent) => boolean;
  readonly close: () => void;
  readonly list: ReactNode;
}

const BEGUN = /(?:^|\s)\/([\p{L}\p{N}][^\n/]{0,40}|)$/u;
const MOST = 6;
const HEIGHT_PX = 264;

/** "/" at the beginning of a word, then some of a name: proposals under the writing mark. Escape leaves the sign as it is. */
export function useSlash(view: EditorView | null, proposals: Proposals | undefined): Slash {
  const { t } = useLingui();
  const listId = useId();
  const [open, setOpen] = useState<Open | null>(null);
  const [active, setActive] = useState(0);
  const [left, setLeft] = useState<number | null>(null);
  const choices = open && proposals ? proposals.find(open.words).slice(0, MOST) : [];
  const close = (): void => { setOpen(null); };
  const look = (state: EditorState): void => {
    const begun = view && proposals ? begunAt(state) : null;
    if (!begun || begun.from === left) {
      if (!begun) setLeft(null);
      setOpen(null);
      return;
    }
    const coords = view?.coordsAtPos(begun.from);
    setOpen(coords ? { ...begun, left: coords.left, top: coords.top, bottom: coords.bottom } : null);
    if (begun.words !== open?.words) setActive(0);
  };
  const choose = (at: number): void => {
    const choice = choices[at];
    if (!choice || !open || !view || !proposals) return;
    close();
    removeBack(view, open.from);
    proposals.choose(choice.key);
  };
  const take = (event: KeyboardEvent): boolean => {
    if (choices.length === 0 || event.isComposing || event.ctrlKey || event.metaKey) return false;
    switch (event.key) {
      case "ArrowDown": case "ArrowUp": setActive((old) => (old + (event.key === "ArrowDown" ? 1 : -1) + choices.length) % choices.length); break;
      case "Enter": case "Tab": choose(active); break;
      case "Escape": setLeft(open?.from ?? null); close(); event.stopPropagation(); break;
      default: return false;
    }
    event.preventDefault();
    return true;
  };
  const isAbove = open !== null && open.bottom + HEIGHT_PX > window.innerHeight;
  const list = open && choices.length > 0 && (
    <ul
      id={listId} role="listbox" aria-label={t`Templates`}
      style={{ left: Math.max(8, Math.min(open.left, window.innerWidth - 328)), ...(isAbove ? { bottom: window.innerHeight - open.top + 4 } : { top: open.bottom + 4 }) }}
      className="appear fixed z-50 w-80 max-w-[calc(100vw-16px)] rounded-md border border-border bg-surface p-1 shadow-pop"
    >
      {choices.map(({ key, name, detail }, at) => (
        <li
          key={key} role="option" aria-selected={at === active} onPointerDown={(event) => { event.preventDefault(); }} onClick={() => { choose(at); }}
          className={cx("flex min-h-10 cursor-pointer flex-col justify-center rounded-sm px-2 py-1 touch:min-h-11", at === active ? "bg-selected" : "hover:bg-hover")}
        >
          <span className="truncate text-list font-medium">{name}</span>
          <span className="truncate text-fine text-muted">{detail}</span>
        </li>
      ))}
    </ul>
  );
  const said = <p role="status" className="sr-only">{choices[active]?.name}</p>; // the keyboard stays in the text
  return { isOpen: choices.length > 0, look, take, close, list: <>{list}{said}</> };
}

function begunAt({ selection }: EditorState): { readonly from: number; readonly words: string } | null {
  const { $from, empty } = selection;
  if (!empty || !$from.parent.isTextblock) return null;
  const before = $from.parent.textBetween(0, $from.parentOffset, undefined, "\ufffc");
  const words = BEGUN.exec(before)?.[1];
  return words === undefined ? null : { words, from: $from.pos - words.length - 1 };
}
