/** The text of a note while it is written. What nobody touches goes back to Microsoft as it came from there. */
import type { EditorHandle, TextHolder } from "../compose/editor/holder";
import { cleanedHtml } from "../compose/quote";

export class NoteText implements TextHolder {
  readonly #onTouched: () => void;
  #html: string;
  #isTouched = false;
  #editor: EditorHandle | null = null;

  constructor(html: string, onTouched: () => void) {
    this.#html = html;
    this.#onTouched = onTouched;
  }

  startHtml = (): string => cleanedHtml(this.#html);

  hold = (editor: EditorHandle | null): void => {
    if (!editor) this.#html = this.html();
    this.#editor = editor;
  };

  touched = (): void => {
    this.#isTouched = true;
    this.#onTouched();
  };

  picture = (): Promise<null> => Promise.resolve(null);

  /** Microsoft sends the text alone. */
  addPicture = (): null => null;

  addFiles = (): void => undefined;

  html(): string {
    return this.#isTouched && this.#editor ? this.#editor.html() : this.#html;
  }
}
