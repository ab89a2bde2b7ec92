/**
 * What is typed while a letter is on its way belongs to the letter: keys must not act on the mail behind it.
 *
 *     begun ──printable keys──> collected ──the letter has come and has the focus──> written there
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
/** A letter that was open already may keep the focus where it is; one that has it may wait for its signature. */
const FOCUS_MS = 1_500;

let endLatest = (): void => undefined;

/** Keep keys for the letter that is coming, at most some seconds long. */
export function keepTyping({ insert, after }: TypingOptions = inBrowser): LetterComing {
  endLatest();
  let typed = "";
  let [hasCome, hasFocus] = [false, false];
  const onKey = (event: KeyboardEvent): void => {
    if (event.isComposing || (isField(event.target) && !hasFocus)) return;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const isTyping = isPlain && (event.key.length === 1 || event.key === "Backspace");
    if (isTyping) typed = event.key === "Backspace" ? typed.slice(0, -1) : typed + event.key;
    else if (hasFocus) { write(); return; }
    else if (event.key === "Escape") { end(); return; }
    event.stopImmediatePropagation();
    if (isTyping || (isPlain && isPressing(event.key))) event.preventDefault(); // others are the browser's own, as reloading
  };
  const onFocus = ({ target }: FocusEvent): void => {
    const isLetter = target instanceof Element && target.closest("[role=dialog]") !== null;
    if (!isLetter && !isField(target)) return; // a button that is pressed, or a row
    if (!isLetter || !isField(target) || typed === "") { end(); return; }
    hasFocus = true;
    if (hasCome) queueMicrotask(write); // once the field has put its writing mark where the text begins
    else endAfter(FOCUS_MS, write);
  };
  const write = (): void => {
    end();
    if (typed !== "") insert(typed);
    typed = "";
  };
  const end = (): void => {
    cancel();
    window.removeEventListener("keydown", onKey, true);
    window.removeEventListener("focusin", onFocus, true);
  };
  const endAfter = (ms: number, run: () => void): void => {
    cancel();
    cancel = after(ms, run);
  };
  let cancel = after(COMING_MS, end);
  window.addEventListener("keydown", onKey, true);
  window.addEventListener("focusin", onFocus, true);
  endLatest = end;
  return {
    come: () => {
      hasCome = true;
      if (hasFocus) write();
      else endAfter(FOCUS_MS, end);
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
