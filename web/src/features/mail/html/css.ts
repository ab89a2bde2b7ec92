/**
 * Make a mail's style sheet or style attribute harmless: nothing is fetched, nothing
 * leaves the flow to cover other content. What remains still looks as the sender meant it.
 *
 * This is the second line; the frame's content policy and sandbox are the first.
 */

export interface CssResult {
  readonly css: string;
  /** It asked for something from outside that is held back. */
  readonly hasRemote: boolean;
}

const IMAGE_SET = /(?:-webkit-)?image-set\s*\((?:[^()]|\([^()]*\))*\)/gi;
const URL_FUNCTION = /(?:url|image|src)\s*\(\s*(?:"([^"]*)"|'([^']*)'|([^()]*))\s*\)/gi;
const SAFE_DATA = /^data:image\/(?:png|gif|jpe?g|webp|bmp|avif)[;,]/i;

/** Source: CSS 2.2 §4.1.3 (escapes), §4.1.9 (comments). */
export function safeCss(css: string, mayFetch: boolean): CssResult {
  let hasRemote = false;
  // Without long runs of white space no pattern below has to try more than once.
  const plain = unescaped(css.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, "")).replace(/\s+/g, " ");
  const still = plain
    .replace(/@(?:import|charset|namespace|font-face)\b[^;{]*(?:\{[^}]*\}|;|$)/gi, (rule) => {
      hasRemote ||= /https?:|\/\//i.test(rule);
      return "";
    })
    .replace(IMAGE_SET, (set) => {
      hasRemote ||= set.includes("//");
      return "none";
    })
    .replace(URL_FUNCTION, (whole: string, ...targets: (string | undefined)[]) => {
      const target = (targets.slice(0, 3).find((each) => each !== undefined) ?? "").trim();
      if (SAFE_DATA.test(target)) return whole;
      if (!isRemote(target)) return "none";
      hasRemote = true;
      return mayFetch ? `url("${encodeURI(decoded(target)).replace(/["'()\\]/g, encodeURIComponent)}")` : "none";
    })
    .replace(/(?:expression|behavior|-moz-binding)\s*[:(]/gi, "x-removed:")
    .replace(/position\s*:\s*(?:fixed|sticky|-webkit-sticky)/gi, "position:static")
    .replace(/<\/?style/gi, "");
  return { css: still, hasRemote };
}

export function isRemote(url: string): boolean {
  return /^\s*(?:https?:)?\/\//i.test(url);
}

/** `\75rl(` is `url(`: read letters written as escapes before looking. */
function unescaped(css: string): string {
  return css.replace(/\\([0-9a-f]{1,6})\s?/gi, (_, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code >= 32 && code <= 0x10_ff_ff && code !== 0x22 && code !== 0x27 && code !== 0x5c ? String.fromCodePoint(code) : "";
  });
}

function decoded(url: string): string {
  try {
    return decodeURI(url);
  } catch {
    return url; // not percent-encoded properly: encode it as it stands
  }
}
