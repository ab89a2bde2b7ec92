/**
 * The colours a letter is written with. Few and calm; each is told to mail programs as it is on white paper, and shown
 * here as it can be read in the dark. Pure.
 */

export interface Tone {
  /** As it is written into the mail. */
  readonly hex: string;
  /** How it is shown on a dark page. */
  readonly dark: string;
}

export const COLOURS = {
  red: { hex: "#b3261e", dark: "#ff8a80" }, brown: { hex: "#855600", dark: "#ffd98a" }, green: { hex: "#1d6b45", dark: "#7bd7a7" },
  blue: { hex: "#2450c8", dark: "#86a8ff" }, purple: { hex: "#6b3fa0", dark: "#c9a6ff" }, grey: { hex: "#555d69", dark: "#aab2bf" },
} as const satisfies Readonly<Record<string, Tone>>;
export type ColourName = keyof typeof COLOURS;

export const HIGHLIGHTS = {
  yellow: { hex: "#fff3b0", dark: "#4a3d00" }, green: { hex: "#d5f2e0", dark: "#123d29" }, blue: { hex: "#dbe6ff", dark: "#1c2c57" }, pink: { hex: "#ffe1e6", dark: "#57212c" },
} as const satisfies Readonly<Record<string, Tone>>;
export type HighlightName = keyof typeof HIGHLIGHTS;

/** The ink on a highlight, said there too: programs with a dark look would put light text on it. */
export const INK: Tone = { hex: "#1a1d23", dark: "#e8eaee" };

/** What paper has: said in so many words it could not be read in the dark. */
const USUAL = /^(?:black|white|windowtext|window|initial|inherit|transparent|currentcolor|#000(?:000)?|#fff(?:fff)?|#1a1d23)$/u;

/** A colour of somebody's HTML as it is kept; null for what is usual or none. Word reads numbers in base 16 best. */
export function keptColour(said: string): string | null {
  const colour = hexOf(said.trim().toLowerCase());
  return colour === "" || USUAL.test(colour) || !COLOUR.test(colour) ? null : colour;
}

const COLOUR = /^(?:#[0-9a-f]{3,8}|[a-z]{3,20}|(?:rgb|hsl)a?\([\d\s.,%/]+\))$/u;

/** "rgb(179, 38, 30)" as "#b3261e"; anything else as it is. */
export function hexOf(colour: string): string {
  const [whole, ...parts] = /^rgb\((\d{1,3}), ?(\d{1,3}), ?(\d{1,3})\)$/u.exec(colour) ?? [];
  return whole ? `#${parts.map((part) => Math.min(255, Number(part)).toString(16).padStart(2, "0")).join("")}` : colour;
}

/** A style's text with its colours in base 16. */
export function withHex(style: string): string {
  return style.replace(/rgb\(\d{1,3}, ?\d{1,3}, ?\d{1,3}\)/gu, hexOf);
}

/** How a text colour is shown while it is written; a foreign one is lightened in the dark. */
export function shownColour(hex: string): string {
  return shown(Object.values(COLOURS), hex, `color-mix(in oklab, ${hex} 45%, white)`);
}

/** Likewise a highlight. */
export function shownHighlight(hex: string): string {
  return shown(Object.values(HIGHLIGHTS), hex, `color-mix(in oklab, ${hex} 35%, black)`);
}

function shown(tones: readonly Tone[], hex: string, otherwise: string): string {
  return `light-dark(${hex}, ${tones.find((tone) => tone.hex === hex)?.dark ?? otherwise})`;
}
