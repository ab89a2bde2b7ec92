import { useEffect, useLayoutEffect, useRef } from "react";
import type { EmailId, Role } from "@/jmap";
import type { AnswerKind } from "../compose/addresses";
import type { ListView } from "./mail";
import { homeOf, isDraftRow } from "./mail";
import type { ReadingSight } from "./reading";
import { NO_TICKS, extended, toggled } from "./ticks";
import { undoLatest } from "./undo";

const SEQUENCE_MS = 1_200;

/** The keyboard of the mail page. Keys typed into fields, menus and dialogs are theirs. */
export function useKeys(view: ListView): void {
  const latest = useRef(view);
  // With the commit, not after it: a key pressed right after a message appears is about that message.
  useLayoutEffect(() => { latest.current = view; });
  useEffect(() => {
    let goAt = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      if (isElsewhere(event)) return;
      const isGo = performance.now() - goAt < SEQUENCE_MS;
      const isFirst = !isGo && event.key === "g" && !event.ctrlKey && !event.metaKey;
      goAt = isFirst ? performance.now() : -Infinity;
      if (isFirst) return;
      const deed = isGo ? goDeeds[event.key] : keyDeed(event);
      if (!deed) return;
      event.preventDefault();
      deed(latest.current);
    };
    document.addEventListener("keydown", onKey);
    return () => { document.removeEventListener("keydown", onKey); };
  }, []);
}

type KeyDeed = (view: ListView) => void;

const turning = ["Home", "End", "PageUp", "PageDown"];

function isElsewhere(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.altKey || event.isComposing) return true;
  const isTurning = turning.includes(event.key);
  // The letter's frame hands its keys to the document itself.
  if (!(event.target instanceof HTMLElement)) return isTurning;
  const target = event.target;
  if (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
    return (target as HTMLInputElement).type !== "checkbox";
  }
  if (target.closest("[role=menu],[role=dialog],[role=listbox],[role=alertdialog]")) return true;
  const walks = event.key.startsWith("Arrow") || isTurning;
  if (walks && target.closest("[role=tree],[role=radiogroup],[role=separator]")) return true;
  if (isTurning && target.closest("article")) return true; // the message being read scrolls
  return (event.key === "Enter" || event.key === " ") && target.closest("button,a,summary") !== null;
}

function keyDeed(event: KeyboardEvent): KeyDeed | undefined {
  if (event.ctrlKey || event.metaKey) return event.shiftKey ? undefined : commandDeeds[event.key.toLowerCase()];
  return keyDeeds[event.shiftKey && event.key.length > 1 ? `Shift ${event.key}` : event.key];
}

/**
 * Open the message `by` rows on from the cursor. Without one it begins at the top
 * row on screen, so that the list stays where it is.
 */
const step = (by: number, isExtending = false): KeyDeed => (view) => {
  const { list, cursor, sight, mayWrite } = view;
  const rows = list?.rows() ?? [];
  const at = list && cursor ? list.indexOf(cursor) : -1;
  const target = at < 0 ? (by < 0 ? -1 : (sight.current?.first() ?? 0)) : Math.max(0, Math.min(rows.length - 1, at + by));
  const id = rows[target];
  if (id === undefined) return;
  sight.current?.show(target);
  if (id === null) { list?.look({ from: target, to: target + 1 }); return; }
  if (isExtending && mayWrite) view.setTicks((old) => extended(old, [rows[at], id].filter((each): each is string => typeof each === "string")));
  view.openRow(id as EmailId);
};

/** Scrolling opens nothing: the list turns its pages and the message being read stays. */
const turn = (pages: number): KeyDeed => ({ sight }) => { sight.current?.turn(pages); };

const write = (deed: (view: ListView, rows: readonly EmailId[]) => void): KeyDeed => (view) => {
  const rows = view.rowDeeds.targets();
  const mayChange = rows.length === 0 ? view.mayWrite : rows.every((row) => view.ownerOf(row)?.mayWrite);
  if (!mayChange) view.sayReadOnly();
  else if (rows.length > 0) deed(view, rows);
};

/** Ticks lead to changes only; without them there is nothing to tick. */
const tick = (deed: KeyDeed): KeyDeed => (view) => { if (view.mayWrite) deed(view); else view.sayReadOnly(); };

/** Enter unfolds a message of the thread on screen, else it reads on; a draft is written on. */
const enter: KeyDeed = (view) => {
  const { cursor, messageId, writing, reading } = view;
  if (messageId !== null && reading.current?.isStack) reading.current.toggle();
  else if (cursor && writing.isPossible && isDraftRow(view, cursor)) writing.openDraft(cursor);
  else step(0)(view);
};

const inStack = (deed: (sight: ReadingSight) => void): KeyDeed => ({ reading }) => { if (reading.current?.isStack) deed(reading.current); };

const compose = (deed: KeyDeed): KeyDeed => (view) => { if (view.writing.isPossible) deed(view); else if (!view.mayWrite) view.sayReadOnly(); };

const answer = (kind: AnswerKind): KeyDeed => compose((view) => {
  const { messageId, writing, reading } = view;
  const id = messageId === null ? null : (reading.current?.answers ?? messageId);
  if (id !== null && !isDraftRow(view, id)) writing.answer(kind, id);
});

const goTo = (role: Role): KeyDeed => (view) => { view.openRole(role); };

/** Whether it lies among the junk, as far as this page knows. */
function isJunk(view: ListView, id: EmailId | undefined): boolean {
  const owner = id === undefined ? null : view.ownerOf(id);
  return owner !== null && homeOf({ ...owner, search: view.search }, owner.account.emails.get(owner.id))?.role === "junk";
}

const tickAll = tick((view) => {
  void view.list?.idsBetween(0, view.list.rows().length).then((ids) => { view.setTicks((old) => extended(old, ids)); }, view.setProblem);
});

const goDeeds: Readonly<Record<string, KeyDeed>> = {
  i: goTo("inbox"), s: goTo("sent"), d: goTo("drafts"), a: goTo("archive"), t: goTo("trash"),
};

const commandDeeds: Readonly<Record<string, KeyDeed>> = { a: tickAll, z: undoLatest };

const keyDeeds: Readonly<Record<string, KeyDeed>> = {
  j: step(1),
  k: step(-1),
  ArrowDown: step(1),
  ArrowUp: step(-1),
  J: step(1, true),
  K: step(-1, true),
  "Shift ArrowDown": step(1, true),
  "Shift ArrowUp": step(-1, true),
  Home: turn(-Infinity),
  End: turn(Infinity),
  PageUp: turn(-1),
  PageDown: turn(1),
  o: enter,
  Enter: enter,
  c: compose(({ writing }) => { writing.write(); }),
  r: answer("reply"),
  a: answer("replyAll"),
  f: answer("forward"),
  u: (view) => { view.open(null); },
  n: inStack((sight) => { sight.step(1); }),
  p: inStack((sight) => { sight.step(-1); }),
  ";": inStack((sight) => { sight.foldAll(false); }),
  ":": inStack((sight) => { sight.foldAll(true); }),
  x: (view) => {
    const { cursor, list, setTicks } = view;
    if (!(cursor ? view.ownerOf(cursor)?.mayWrite : view.mayWrite)) view.sayReadOnly();
    else if (cursor) setTicks((old) => toggled(old, list?.rowOf(cursor) ?? cursor));
  },
  Escape: (view) => {
    if (view.ticks.ids.size > 0) view.setTicks(() => NO_TICKS);
    else if (view.messageId === null) view.setSearch(null);
    else view.open(null);
  },
  "/": (view) => { view.focusSearch(); },
  "#": write(({ rowDeeds }, rows) => { rowDeeds.remove(rows); }),
  Delete: write(({ rowDeeds }, rows) => { rowDeeds.remove(rows); }),
  "!": write((view, rows) => { view.rowDeeds.moveToRole(rows, isJunk(view, rows[0]) ? "inbox" : "junk"); }),
  e: write(({ rowDeeds }, rows) => { rowDeeds.moveToRole(rows, "archive"); }),
  s: write(({ rowDeeds }, rows) => { rowDeeds.toggleFlagged(rows); }),
  v: write(({ rowDeeds }, rows) => { rowDeeds.chooseFolder(rows); }),
  m: write(({ rowDeeds }, rows) => { rowDeeds.chooseFolder(rows); }),
  U: write(({ rowDeeds }, rows) => { rowDeeds.setSeen(rows, false); }),
  I: write(({ rowDeeds }, rows) => { rowDeeds.setSeen(rows, true); }),
  z: undoLatest,
  "?": (view) => { view.setDialog({ kind: "keys" }); },
};
