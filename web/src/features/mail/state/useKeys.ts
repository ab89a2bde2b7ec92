import { useEffect, useLayoutEffect, useRef } from "react";
import { isPaletteOpen } from "../palette/door";
import { actionOf, isPrefix } from "./actions";
import type { MailView } from "./mail";

const SEQUENCE_MS = 1_200;

/** The keyboard of the mail page. Keys typed into fields, menus and dialogs are theirs. */
export function useKeys(view: MailView): void {
  const latest = useRef(view);
  // With the commit, not after it: a key pressed right after a message appears is about that message.
  useLayoutEffect(() => { latest.current = view; });
  useEffect(() => {
    let begun = "";
    let begunAt = -Infinity;
    const onKey = (event: KeyboardEvent): void => {
      const isWithin = isInField(event);
      if (isElsewhere(event)) return;
      const key = keyOf(event);
      const isGoingOn = performance.now() - begunAt < SEQUENCE_MS;
      const isFirst = !isGoingOn && !isWithin && isPrefix(key);
      const whole = isGoingOn ? `${begun} ${key}` : key;
      begun = key;
      begunAt = isFirst ? performance.now() : -Infinity;
      if (isFirst) return;
      const action = actionOf(whole, latest.current);
      if (!action?.run || (isWithin && !action.isForFields)) return;
      event.preventDefault();
      action.run(latest.current, whole);
    };
    document.addEventListener("keydown", onKey);
    return () => { document.removeEventListener("keydown", onKey); };
  }, []);
}

/** A key as the actions write it. */
function keyOf({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string {
  const isNamed = key.length > 1;
  if (ctrlKey || metaKey) return `Mod+${shiftKey ? "Shift+" : ""}${isNamed ? key : key.toLowerCase()}`;
  return shiftKey && isNamed ? `Shift+${key}` : key;
}

const turning = ["Home", "End", "PageUp", "PageDown"];

function isInField({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && (target as HTMLInputElement).type !== "checkbox";
}

function isElsewhere(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.altKey || event.isComposing || isPaletteOpen.get()) return true;
  const isTurning = turning.includes(event.key);
  // The letter's frame hands its keys to the document itself.
  if (!(event.target instanceof HTMLElement)) return isTurning;
  const target = event.target;
  if (target.isContentEditable) return true;
  if (target.closest("[role=menu],[role=dialog],[role=listbox],[role=alertdialog]")) return true;
  const walks = event.key.startsWith("Arrow") || isTurning;
  if (walks && target.closest("[role=tree],[role=radiogroup],[role=separator],[role=columnheader]")) return true;
  if (isTurning && target.closest("article")) return true; // the message being read scrolls
  return (event.key === "Enter" || event.key === " ") && target.closest("button,a,summary") !== null;
}
