/** How much of a stranger's document is shown, and how large. Pure. */

/** Octets: above it a document is saved or opened by the browser's own viewer. */
export const LARGEST_PDF = 60_000_000;
export const MOST_PAGES = 1_000;
/** Pixels of one page's canvas. */
export const MOST_PIXELS = 12_000_000;
/** Pixels of one picture within a page; larger ones are left out. */
export const MOST_PICTURE_PIXELS = 64_000_000;
/** Runs of text of one page that can be selected; where there are more it is a picture only. */
export const MOST_RUNS = 20_000;
/** After so long without an answer a document, or a page, is given up. */
export const PATIENCE_MS = 20_000;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The side of a page that says it has none, or a mile of it. */
const SMALLEST = 8;
const LONGEST = 20_000;

/** A page's own size as it can be laid out, in CSS pixels at 100 %. */
export function soundSize({ width, height }: Size): Size {
  return { width: sound(width), height: sound(height) };
}

function sound(side: number): number {
  return Number.isFinite(side) ? Math.min(LONGEST, Math.max(SMALLEST, side)) : SMALLEST;
}

/** Device pixels for each CSS pixel of a page that is shown so large: as sharp as the screen, as far as its canvas may grow. */
export function sharpness({ width, height }: Size, devicePixels: number): number {
  return Math.min(devicePixels, Math.sqrt(MOST_PIXELS / Math.max(1, width * height)));
}

export const STEPS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4] as const;

/** The next larger or smaller step; the same where there is none. */
export function zoomed(scale: number, by: 1 | -1): number {
  const near = 0.01;
  if (by > 0) return STEPS.find((step) => step > scale + near) ?? scale;
  return STEPS.findLast((step) => step < scale - near) ?? scale;
}

/** How large a page is shown so that its width fills the room, but no larger than it is legible. */
export function fitting(page: Size, room: number): number {
  return Math.min(2, Math.max(STEPS[0], room / page.width));
}
