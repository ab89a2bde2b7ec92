/**
 * Make a mail's style sheet or style attribute harmless: nothing is fetched, nothing
 * leaves the flow to cover other content. What remains still looks as the sender meant it.
 *
 *     text ──comments, escapes──> plain text without a backslash ──rules below──> what the browser reads
 *
 * Every rule looks at exactly what the browser will read, and leaves a space or a
 * word behind, so that removing one thing never joins two others into a third.
 * This is the second line; the frame's content policy and sandbox are the first.
 */

export interface CssResult {
  readonly css: string;
  /** It asked for something from outside that is held back. */
  readonly hasRemote: boolean;
}

/** A block that is not closed reaches to the end, as browsers read it: so a match never fails after a long run. */
const FETCHING_RULE = /@(?:import|charset|namespace|font-face)\b[^;{]*(?:\{[^}]*\}?|;|$)/gi;
const IMAGE_SET = /(?:-webkit-)?image-set\s*\([^;}]*/gi;
/** The last alternative is for what is not closed or not well formed: browsers may close it themselves. */
const URL_FUNCTION = /(?:url|image|src)\s*\(\s*(?:"([^"]*)"\s*\)|'([^']*)'\s*\)|([^()"']*)\)|[^;}]*)/gi;
/** It could show letters in another order than they are written; `direction` alone cannot. */
const TURNING = /(?<![\w-])unicode-bidi\s*:/gi;
const POSITION = /(?<![\w-])position\s*:([^;{}]*)/gi;
const PLACING = /(?<![\w-])(?:margin[\w-]*|inset[\w-]*|top|right|bottom|left|transform|translate)\s*:([^;{}]*)/gi;
/** Mail with colours of its own lies on white paper, whatever the device or the page wears, and is printed so. */
const WORN = /prefers-color-scheme\s*:\s*(dark|light)|(?<=\(\s?)prefers-color-scheme(?=\s?\))/gi;
const SAFE_DATA = /^data:image\/(?:png|gif|jpe?g|webp|bmp|avif)[;,]/i;
const IN_FLOW = /^\s*(?:static|relative|initial|inherit|unset|revert)\s*(?:!\s*important\s*)?$/i;
const MOST_BACK_PX = 48;
const PX_PER_UNIT: Readonly<Record<string, number>> = { "": 1, px: 1, pt: 4 / 3, em: 16, rem: 16, ex: 8, ch: 8 };

/**
 * Clean a sheet or an attribute's text. `outside` says what stands for a picture from outside, by its https
 * address, properly encoded; null for nothing.
 */
export function safeCss(css: string, outside: (url: string) => string | null): CssResult {
  let hasRemote = false;
  const held = (text: string): void => { hasRemote ||= text.includes("//"); };
  const plain = plainCss(css);
  if (isTooDeep(plain)) return { css: "", hasRemote: plain.includes("//") };
  const still = plain
    .replace(FETCHING_RULE, (rule) => { held(rule); return " "; })
    .replace(IMAGE_SET, (set) => { held(set); return "none"; })
    .replace(URL_FUNCTION, (whole: string, ...targets: (string | undefined)[]) => {
      const target = targets.slice(0, 3).find((each) => each !== undefined)?.trim();
      if (target === undefined) held(whole);
      if (target === undefined || (!SAFE_DATA.test(target) && !isRemote(target))) return "none";
      if (SAFE_DATA.test(target)) return whole;
      hasRemote = true;
      return outside(encodeURI(decoded(overHttps(target))).replace(/["'()\\]/g, encodeURIComponent)) ?? "none";
    })
    .replace(/(?:expression|behavior|-moz-binding)\s*[:(]/gi, "x-removed:")
    .replace(WORN, worn)
    .replace(TURNING, "x-removed:")
    .replace(POSITION, (whole, value: string) => (IN_FLOW.test(value) ? whole : "position:static"))
    .replace(PLACING, (whole, value: string) => (leavesItsPlace(value) ? "x-removed:0" : whole));
  return { css: withoutTags(still), hasRemote };
}

const DEEPEST = 50;

/** Browsers read what is nested by calling themselves: some thousand levels end the whole page. No mail needs many. */
function isTooDeep(css: string): boolean {
  let depth = 0;
  for (const [sign] of css.matchAll(/[{}()[\]]/g)) {
    depth = "{([".includes(sign) ? depth + 1 : Math.max(0, depth - 1);
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** Nothing in it begins a tag or a comment of HTML, as the end of the sheet would. CSS itself has this sign in `<=` alone. */
function withoutTags(css: string): string {
  return css.replace(/<(?![=\s])/g, "< ");
}

/**
 * A sheet as it stands in a mail, without what HTML could take for markup. Microsoft delivers the sheets of all mail from
 * Outlook inside `<!--` and `-->`, which mean nothing in CSS; newsletters have tags in their comments.
 * Source: CSS Syntax Level 3, §4.3.4; Graph v1.0, "message resource type" (body), as answered for mail of Word and
 * of Outlook on the web (2026-11-29).
 */
export function readableSheet(css: string): string {
  return withoutTags(css.replace(/<!--|-->/g, " "));
}

const COLOUR = /(?<![\w-])(color|-webkit-text-fill-color|background(?:-color|-image)?)\s*:\s*([^;}!]*)/gi;
const NO_COLOUR = /^(?:windowtext|inherit|initial|unset|currentcolor|transparent|none)?$/;
/** What Outlook writes into every line. */
const BLACK_INK = /^(?:black|#000(?:000)?|rgb\(0,0,0\))$/;
const OF_LINKS = /(?:^|[\s>+~])(?:a(?:[:.][\w:.()-]+)?|(?:span|a)?\.MsoHyperlink(?:Followed)?)$/i;

/** Whether declarations name a colour that dark paper would not do for. What follows the paper's own is none, nor is black ink alone, nor any ink of links. */
export function namesColour(declarations: string, isOfLinks = false): boolean {
  return [...declarations.matchAll(COLOUR)].some(([, property, value = ""]) => {
    const said = value.replace(/\s+/g, "").toLowerCase();
    return !NO_COLOUR.test(said) && !(property?.toLowerCase() === "color" && (isOfLinks || BLACK_INK.test(said)));
  });
}

/**
 * Whether a clean sheet names colours of anything but the ink of links. Word's always names that: it says nothing of the
 * paper, and links can be read in the page's own colour.
 */
export function isColoured(css: string): boolean {
  return hasNestedRules(css) || css.split("}").some((rule) => {
    const parts = rule.split("{");
    const selectors = parts.at(-2)?.split(",") ?? [];
    const isOfLinks = selectors.length > 0 && selectors.every((each) => OF_LINKS.test(each.trim()));
    return namesColour(parts.at(-1) ?? "", isOfLinks);
  });
}

/** Whether a rule stands within another, not within conditions alone: what each says cannot be told by its braces. Hardly any mail has them. */
function hasNestedRules(css: string): boolean {
  const areRules: boolean[] = [];
  let from = 0;
  for (const { 0: sign, index } of css.matchAll(/[{};]/g)) {
    if (sign === "{" && areRules.at(-1)) return true;
    if (sign === "{") areRules.push(!css.slice(from, index).trimStart().startsWith("@"));
    if (sign === "}") areRules.pop();
    from = index + 1;
  }
  return false;
}

function worn(_: string, scheme: string | undefined): string {
  return scheme?.toLowerCase() === "light" ? "min-width:0" : "max-width:0";
}

const LONGEST_MEDIA = 500;
/** What conditions are made of. Whatever ends a rule or begins a text, an address or a comment is none of it. */
const CONDITIONS = /^[\w\s(),.:/<>=+*%-]*$/;
const EVERY_MEDIUM = /^\s*(?:all\s*)?$/i;

/**
 * Clean rules of a sheet that count under these conditions only, as `@media` writes them; none when the conditions
 * can't be read. Source: HTML, 4.2.6 "The style element"; Media Queries Level 4.
 */
export function safeCssFor(media: string, css: string, outside: (url: string) => string | null): CssResult {
  const conditions = withoutTags(plainCss(media)).replace(WORN, worn);
  if (media.length > LONGEST_MEDIA || isTooDeep(conditions) || !CONDITIONS.test(conditions) || closed(conditions) !== conditions) return { css: "", hasRemote: false };
  const result = safeCss(css, outside);
  return EVERY_MEDIUM.test(conditions) ? result : { ...result, css: `@media ${conditions.trim()}{${closed(result.css)}}` };
}

const PAIRS: Readonly<Record<string, string>> = { "{": "}", "(": ")", "[": "]" };
const PART = /"[^"]*(?:"|$)|'[^']*(?:'|$)|url\s*\([^"'()]*\)|[{}()[\]]/gi;

/** The same text with all it opens closed, and without what would close more than that. */
function closed(css: string): string {
  const open: string[] = [];
  const kept = css.replace(PART, (part) => {
    const end = PAIRS[part];
    if (end !== undefined) open.push(end);
    else if (part === open.at(-1)) open.pop();
    else if (part.length === 1 && open.length === 0) return " ";
    else if (/^["']/.test(part) && (part.length === 1 || !part.endsWith(part.charAt(0)))) return part + part.charAt(0);
    return part;
  });
  return kept + open.reverse().join("");
}

/** What DOMPurify lets the ids of a mail begin with. */
const OWN_ID = "user-content-";

/** A clean sheet whose selectors mean the ids of a clean mail. Behind a brace or semicolon begins a selector where a brace follows. */
export function withOwnIds(css: string): string {
  return css.split("{").map((part, at, all) => {
    if (at === all.length - 1) return part;
    const from = Math.max(part.lastIndexOf("}"), part.lastIndexOf(";")) + 1;
    const selector = part.slice(from);
    return selector.trimStart().startsWith("@") ? part : part.slice(0, from) + selector.replace(/#(?=[-_a-z\u0080-\uffff])/gi, `#${OWN_ID}`);
  }).join("{");
}

export function isRemote(url: string): boolean {
  return /^\s*(?:https?:)?\/\//i.test(url);
}

/** Pictures come over https only; most servers that say http have both. */
export function overHttps(url: string): string {
  return url.replace(/^(?:http:)?\/\//i, "https://");
}

/**
 * The same style text without comments and escapes, white space as single spaces:
 * no pattern above has to try a long run more than once. Escapes may themselves
 * write a comment, which is why comments are looked for twice.
 */
function plainCss(css: string): string {
  return unescaped(css.replace(COMMENT, "")).replace(COMMENT, " ").replace(/\s+/g, " ");
}

const COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/g;
const ESCAPE = /\\(?:([0-9a-f]{1,6})\s?|([\s\S])|$)/gi;

/**
 * `\75rl(`, `u\rl(` and `url(` are the same word: write letters plainly. Escaped
 * quotes and the like are left out, so that no backslash remains.
 * Source: CSS Syntax Level 3, §4.3.7 "Consume an escaped code point".
 */
function unescaped(css: string): string {
  return css.replace(ESCAPE, (_, hex: string | undefined, letter: string | undefined) => {
    const code = hex === undefined ? (letter?.codePointAt(0) ?? 0) : Number.parseInt(hex, 16);
    const isPlain = code >= 32 && code <= 0x10_ff_ff && code !== 0x22 && code !== 0x27 && code !== 0x5c;
    return isPlain ? (letter ?? String.fromCodePoint(code)) : "";
  });
}

/** Pulled back by more than a hand's breadth of pixels, or by an amount that can't be read. */
function leavesItsPlace(value: string): boolean {
  if (/\b(?:var|calc|min|max|clamp|env|translate\w*|matrix\w*)\s*\(/i.test(value)) return true;
  return [...value.matchAll(/-\s*(\d*\.?\d+(?:e[+-]?\d+)?)([a-z%]*)/gi)].some(([, number, unit]) =>
    Number(number) * (PX_PER_UNIT[unit?.toLowerCase() ?? ""] ?? Infinity) > MOST_BACK_PX);
}

function decoded(url: string): string {
  try {
    return decodeURI(url);
  } catch {
    return url; // not percent-encoded properly: encode it as it stands
  }
}
