/** What the editor needs of whoever holds the text, and what that may ask of it while it is on screen. */

export interface EditorHandle {
  /** The text as it stands. */
  readonly html: () => string;
  /** Put another signature in place of the letter's, or none: a step that can be undone, unless it is `isFirst`. */
  readonly sign: (html: string | null, isFirst: boolean) => void;
  /** Put HTML or words where the writing mark stands, in place of what is selected. */
  readonly insertHtml: (html: string) => void;
  readonly insertText: (text: string) => void;
}

export interface TextHolder {
  /** The text that the editor begins with. */
  readonly startHtml: () => string;
  /** The editor begins or ends holding the text. */
  readonly hold: (editor: EditorHandle | null) => void;
  readonly touched: () => void;
  /** An address under which this page can show a picture of the text; null when it is not to be had. */
  readonly picture: (cid: string) => Promise<string | null>;
  /** Take in a picture of the text; answers its content id, null when it can't be. */
  readonly addPicture: (file: File) => string | null | Promise<string | null>;
  readonly addFiles: (files: readonly File[]) => void;
}
