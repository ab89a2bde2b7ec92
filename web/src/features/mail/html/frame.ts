/** The document inside the sandboxed frame: the safe mail under a policy that allows next to nothing. */
import latinExtended from "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2?url";
import latin from "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url";
import type { SafeHtml } from "./safe";

/**
 * No scripts, no forms, no navigation of the page around it. `allow-same-origin`
 * only lets our own code read the frame's height and links; without
 * `allow-scripts` nothing inside can make use of it.
 */
export const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/** The colours around the mail. Mail that names colours of its own is written for white paper and stands on it. */
export type Paper = "light" | "dark";

const PAPERS: Readonly<Record<Paper, Readonly<Record<"surface" | "ink" | "muted" | "accent" | "rule", string>>>> = {
  light: { surface: "#ffffff", ink: "#1a1d23", muted: "#5c6470", accent: "#2450c8", rule: "#d5dae2" },
  dark: { surface: "#16181d", ink: "#e8eaee", muted: "#9aa3b0", accent: "#86a8ff", rule: "#2a2e36" },
};

/** Where a picture from outside is to come. */
const AWAITED_PICTURE = "img[data-outside]:not([src]){display:inline-block;background:rgba(128,128,128,.08)}";

/** A dashed box that says nothing and asks nothing, in place of a picture that was not fetched. */
const HELD_PICTURE = "[data-held]{display:inline-block;box-sizing:border-box;max-width:100%;min-width:20px;min-height:20px;overflow:hidden;vertical-align:middle;"
  + "padding:2px 6px;border:1px dashed rgba(128,128,128,.45)!important;border-radius:4px;background:rgba(128,128,128,.08);font:12px/1.4 system-ui,sans-serif}";

const OUR_FOLD = ".poststelle-folded>summary,.poststelle-folded>summary *";

/** What was gone over with a marker is read in dark ink, links in it too. */
const IN_MARKS = `mark:not(#_#_#_#_){background:#ffe48a!important}:is(mark,mark *):not(${OUR_FOLD}):not(#_#_#_#_){color:#1a1d23!important}`;

/** Mail that is shown in the dark may name colours of links, and black ink, for white paper: more than an id's weight says otherwise. */
function inTheDark({ ink, accent }: { readonly ink: string; readonly accent: string }): string {
  return `:is(a[href],a[href] *,.MsoHyperlink,.MsoHyperlinkFollowed):not(#_#_#_){color:${accent}!important}:is(body,body *):not(${OUR_FOLD}):not(#_#_){color:${ink}!important}${IN_MARKS}`;
}

export interface FrameOptions {
  /** The space at both sides of the text. */
  readonly marginPx: number;
  readonly paper: Paper;
}

/** Build the frame's srcdoc. It fetches our own typeface and nothing else: pictures are put in by the page. */
export function frameDocument(mail: SafeHtml, { marginPx, paper }: FrameOptions): string {
  const policy = `default-src 'none'; img-src blob: data:; font-src ${location.origin}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'`;
  return [
    `<!doctype html><html dir="${mail.direction}"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="referrer" content="no-referrer"><base target="_blank">`,
    `<style>${faces()}${look(paper)}body{padding:12px ${String(marginPx)}px 24px${mail.isText ? `;max-width:calc(72ch + ${String(2 * marginPx)}px)` : ""}}</style>`,
    `<style>${mail.styles}</style></head>`,
    `<body style="${attribute(mail.bodyStyle)}">${mail.body}</body></html>`,
  ].join("");
}

/** The body's background is the whole sheet's, as browsers have it where `html` names none: the mail's own too. */
function look(paper: Paper): string {
  const { surface, ink, muted, accent, rule } = PAPERS[paper];
  return `
html{color-scheme:${paper}}
body{margin:0;background:${surface};color:${ink};font:15px/1.55 "Inter Variable",system-ui,sans-serif;
overflow-wrap:break-word;min-width:0;box-sizing:border-box;height:auto!important;min-height:0!important}
html,body{overflow-y:hidden!important;overflow-x:auto!important}
html[data-too-high]{overflow-y:auto!important}
a[href]{color:${accent}}${paper === "dark" ? inTheDark(PAPERS.dark) : ""}img{max-width:100%;height:auto}${HELD_PICTURE}${AWAITED_PICTURE}
table img{max-width:none}
blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid ${rule}}
::highlight(found){background-color:#ffe48a;color:#1a1d23}
details.poststelle-folded>summary{display:inline-block;box-sizing:border-box;min-width:36px;min-height:24px;margin:6px 0;padding:0 9px;
border:1px solid ${rule};border-radius:6px;background:${surface};color:${muted};font:600 12px/22px "Inter Variable",system-ui,sans-serif;letter-spacing:1px;cursor:pointer;list-style:none;user-select:none}
details.poststelle-folded>summary::-webkit-details-marker{display:none}
details.poststelle-folded>summary:focus-visible{outline:2px solid ${accent};outline-offset:1px}
@media (pointer:coarse){details.poststelle-folded>summary{min-height:36px;line-height:34px;padding:0 14px}}
pre{white-space:pre-wrap}@media print{html,body{overflow:visible!important}}`;
}

/** The page's own typeface; the frame knows nothing of the page's style sheet. */
function faces(): string {
  const face = (file: string, range: string): string =>
    `@font-face{font-family:"Inter Variable";font-weight:100 900;font-display:swap;src:url("${new URL(file, location.href).href}") format("woff2");unicode-range:${range}}`;
  return face(latin, "U+0000-00FF,U+0131,U+0152-0153,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215")
    + face(latinExtended, "U+0100-0130,U+0132-0151,U+0154-02BA,U+1E00-1E9F,U+1EF2-1EFF,U+2C60-2C7F,U+A720-A7FF");
}

function attribute(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}
