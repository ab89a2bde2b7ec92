/** A PDF that was opened, or why it was not: what can be known of it without the library that reads it. */
import type { Size } from "./limits";

export type PdfProblem = "locked" | "damaged" | "slow" | "large";

export class PdfRefused extends Error {
  override readonly name = "PdfRefused";
  readonly problem: PdfProblem;

  constructor(problem: PdfProblem, cause?: unknown) {
    super(problem, { cause });
    this.problem = problem;
  }
}

/** Something that is being drawn. */
export interface Drawing {
  /** Rejects with PdfRefused. */
  readonly done: Promise<void>;
  readonly stop: () => void;
}

export interface OpenPdf {
  readonly pages: number;
  /** How many of them can be shown. */
  readonly shown: number;
  /** Of the first page, at 100 %. */
  readonly first: Size;
  /** A page's size at 100 %. Rejects with PdfRefused. */
  readonly size: (page: number) => Promise<Size>;
  /** Draw a page at this scale, with its text to select in `text`. */
  readonly draw: (page: number, scale: number, canvas: HTMLCanvasElement, text: HTMLElement) => Drawing;
}
