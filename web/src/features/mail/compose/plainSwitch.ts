/** From formatted to plain text and back: what was formatted is kept for as long as nobody writes on in plain text. */
import type { Composer } from "./composer";
import { plainOf } from "./editor/mailHtml";
import type { Letter } from "./letter";
import { signatureIn, textAsSignedHtml } from "./signature";

type Formatted = Pick<Letter, "text" | "html" | "signature">;

const formatted = new WeakMap<Composer, Formatted>();

export function writePlain(composer: Composer): void {
  const { html, signature } = composer.now();
  const sign = signatureIn(html);
  const text = plainOf(html);
  formatted.set(composer, { text, html, signature });
  composer.change({ isPlain: true, text, signature: sign === null ? null : { id: signature?.id ?? "", plain: plainOf(sign) } });
}

export function writeFormatted(composer: Composer): void {
  const { text, signature } = composer.now();
  const before = formatted.get(composer);
  if (before?.text === text) composer.change({ isPlain: false, html: before.html, signature: before.signature });
  else composer.change({ isPlain: false, html: textAsSignedHtml(text, signature?.plain ?? null) });
}
