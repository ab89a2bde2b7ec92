import { useEffect, useLayoutEffect, useRef } from "react";
import type { EmailId, Role } from "@/jmap";
import { byRole } from "@/store";
import type { MailView } from "./mail";
import { NO_TICKS, extended, toggled } from "./ticks";
import { undoLatest } from "./undo";

const SEQUENCE_MS = 1_200;

/** The keyboard of the mail page. Keys typed into fields, menus and dialogs are theirs. */
export function useKeys(view: MailView, step: (by: number, isExtending?: boolean) => void): void {
  const latest = useRef({ view, step });
  // With the commit, not after it: a key pressed right after a message appears is about that message.
  useLayoutEffect(() => { latest.current = { view, step }; });
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
      deed(latest.current.view, latest.current.step);
    };
    document.addEventListener("keydown", onKey);
    return () => { document.removeEventListener("keydown", onKey); };
  }, []);
}

type KeyDeed = (view: MailView, step: (by: number, isExtending?: boolean) => void) => void;

function isElsewhere(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (event.defaultPrevented || event.altKey || event.isComposing) return true;
  if (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
    return (target as HTMLInputElement).type !== "checkbox";
  }
  if (target.closest("[role=menu],[role=dialog],[role=listbox],[role=alertdialog]")) return true;
  const isArrow = event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End";
  if (isArrow && target.closest("[role=tree],[role=radiogroup],[role=separator]")) return true;
  return (event.key === "Enter" || event.key === " ") && target.closest("button,a,summary") !== null;
}

function keyDeed(event: KeyboardEvent): KeyDeed | undefined {
  if (event.ctrlKey || event.metaKey) return event.shiftKey ? undefined : commandDeeds[event.key.toLowerCase()];
  return keyDeeds[event.shiftKey && event.key.length > 1 ? `Shift ${event.key}` : event.key];
}

const write = (deed: (view: MailView, ids: readonly EmailId[]) => void): KeyDeed => (view) => {
  const ids = view.deeds.targets();
  if (view.mayWrite && ids.length > 0) deed(view, ids);
};

const goTo = (role: Role): KeyDeed => (view) => {
  const target = byRole(view.account.mailboxes.all(), role);
  if (target) view.openFolder(target.id);
};

const tickAll: KeyDeed = (view) => {
  void view.list?.idsBetween(0, view.list.rows().length).then((ids) => { view.setTicks((old) => extended(old, ids)); }, view.setProblem);
};

const goDeeds: Readonly<Record<string, KeyDeed>> = {
  i: goTo("inbox"), s: goTo("sent"), d: goTo("drafts"), a: goTo("archive"), t: goTo("trash"),
};

const commandDeeds: Readonly<Record<string, KeyDeed>> = { a: tickAll, z: undoLatest };

const keyDeeds: Readonly<Record<string, KeyDeed>> = {
  j: (_, step) => { step(1); },
  k: (_, step) => { step(-1); },
  ArrowDown: (_, step) => { step(1); },
  ArrowUp: (_, step) => { step(-1); },
  J: (_, step) => { step(1, true); },
  K: (_, step) => { step(-1, true); },
  "Shift ArrowDown": (_, step) => { step(1, true); },
  "Shift ArrowUp": (_, step) => { step(-1, true); },
  Home: (_, step) => { step(-Infinity); },
  End: (_, step) => { step(Infinity); },
  o: (_, step) => { step(0); },
  Enter: (_, step) => { step(0); },
  u: (view) => { view.open(null); },
  x: (view) => { const id = view.messageId; if (id) view.setTicks((old) => toggled(old, id)); },
  Escape: (view) => { if (view.ticks.ids.size > 0) view.setTicks(() => NO_TICKS); else view.open(null); },
  "#": write((view, ids) => { view.deeds.remove(ids); }),
  Delete: write((view, ids) => { view.deeds.remove(ids); }),
  "!": write((view, ids) => { view.deeds.moveToRole(ids, view.folder?.role === "junk" ? "inbox" : "junk"); }),
  e: write((view, ids) => { view.deeds.moveToRole(ids, "archive"); }),
  s: write((view, ids) => { view.deeds.toggleFlagged(ids); }),
  v: write((view, ids) => { view.setDialog({ kind: "move", ids }); }),
  m: write((view, ids) => { view.setDialog({ kind: "move", ids }); }),
  U: write((view, ids) => { view.deeds.setSeen(ids, false); }),
  I: write((view, ids) => { view.deeds.setSeen(ids, true); }),
  z: undoLatest,
  "?": (view) => { view.setDialog({ kind: "keys" }); },
};
