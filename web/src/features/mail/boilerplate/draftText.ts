/** The text of a signature or template while it is written, as the editor of letters wants it. */
import type { EditorHandle, TextHolder } from "../compose/editor/holder";
import { cleanedHtml } from "../compose/quote";
import { fitting, putIn, takenOut } from "./pictures";

export class DraftText implements TextHolder {
  readonly #pictures = new Map<string, Blob>();
  readonly #urls = new Map<string, string>();
  readonly #onTouched: () => void;
  readonly #onRefused: (file: File) => void;
  #editor: EditorHandle | null = null;
  #html: string;
  #count = 0;

  /** `onRefused`: a file is no picture, or too large even when it is made smaller. */
  constructor(html: string, onTouched: () => void, onRefused: (file: File) => void) {
    this.#onTouched = onTouched;
    this.#onRefused = onRefused;
    this.#html = this.#taken(html);
  }

  startHtml = (): string => this.#html;

  hold = (editor: EditorHandle | null): void => {
    if (!editor && this.#editor) this.#html = this.#editor.html();
    this.#editor = editor;
  };

  touched = (): void => { this.#onTouched(); };

  picture = (cid: string): Promise<string | null> => {
    const picture = this.#pictures.get(cid);
    if (!picture) return Promise.resolve(null);
    const url = this.#urls.get(cid) ?? URL.createObjectURL(picture);
    this.#urls.set(cid, url);
    return Promise.resolve(url);
  };

  addPicture = async (file: File): Promise<string | null> => {
    const small = await fitting(file);
    if (!small) {
      this.#onRefused(file);
      return null;
    }
    const cid = this.#makeCid();
    this.#pictures.set(cid, small);
    return cid;
  };

  addFiles = (files: readonly File[]): void => { files.forEach(this.#onRefused); };

  insertText(text: string): void {
    this.#editor?.insertText(text);
  }

  /** The text as it is kept: with its pictures inside. */
  kept(): Promise<string> {
    return putIn(this.#editor?.html() ?? this.#html, this.#pictures);
  }

  dispose(): void {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
  }

  #taken(html: string): string {
    const { html: text, pictures } = takenOut(html, this.#makeCid);
    for (const [cid, file] of pictures) this.#pictures.set(cid, file);
    return cleanedHtml(text);
  }

  readonly #makeCid = (): string => `picture${String(++this.#count)}@boilerplate`;
}
