/**
 * What is typed while a letter is on its way belongs to the letter: keys must not act on the mail behind it.
 *
 *     begun ──printable keys──> collected ──the letter takes the focus──> written there
 *       └──Escape, focus elsewhere, no letter, or none in time──> forgotten; keys act on the mail again
 */

export interface LetterComing {
  /** It is begun: its field takes the focus in a moment. */
  come(): void;
  /** There will be none. */
  fail(): void;
}

export interface TypingOptions {
  /** Write into the field that has the focus. */
  readonly insert: (text: string) => void;
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Over a slow line all of the composer is still to be fetched. */
const COMING_MS = 10_000;
/** A letter that was open already may keep the focus where it is. */
const FOCUS_MS = 1_500;

let endLatest = (): void => undefined;

/** Keep keys for the letter that is coming, at most some seconds long. */
export function keepTyping({ insert, after }: TypingOptions = inBrowser): LetterComing {
  endLatest();
  let typed = "";
  const onKey = (event: KeyboardEvent): void => {
    if (isField(event.target) || event.isComposing) return;
    if (event.key === "Escape") { end(); return; }
    event.stopImmediatePropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return; // the browser's own, as reloading
    if (event.key === "Backspace") typed = typed.slice(0, -1);
    else if (event.key.length === 1) typed += event.key;
    if (event.key.length === 1 || isPressing(event.key)) event.preventDefault();
  };
  const onFocus = ({ target }: FocusEvent): void => {
    const isLetter = target instanceof Element && target.closest("[role=dialog]") !== null;
    if (!isLetter && !isField(target)) return; // a button that is pressed, or a row
    end();
    // Once the field has put its writing mark where the text begins.
    if (isLetter && isField(target) && typed !== "") queueMicrotask(() => { insert(typed); });
  };
  let cancel = after(COMING_MS, () => { end(); });
  const end = (): void => {
    cancel();
    window.removeEventListener("keydown", onKey, true);
    window.removeEventListener("focusin", onFocus, true);
  };
  window.addEventListener("keydown", onKey, true);
  window.addEventListener("focusin", onFocus, true);
  endLatest = end;
  return {
    come: () => {
      cancel();
      cancel = after(FOCUS_MS, end);
    },
    fail: end,
  };
}

const inBrowser: TypingOptions = {
  // The one way that fields, React and the editor all take for typing, and take back as one step.
  insert: (text) => { document.execCommand("insertText", false, text); },
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => { clearTimeout(timer); };
  },
};

/** They press the button that has the focus, or leave it: often the one that began the letter. */
function isPressing(key: string): boolean {
  return key === "Enter" || key === "Tab";
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || (target.matches("input,textarea,select") && (target as HTMLInputElement).type !== "checkbox");
}
