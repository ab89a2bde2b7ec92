/**
 * Which colour a category has. Outlook's own names say theirs, in the mailbox's language; any other name has one of
 * the mailboxes' seven tones that are no grey, the same in every browser. Outlook's list of colours is not read: of a mailbox that is
 * used with another's sign-in Microsoft gives it to nobody.
 */
const PRESETS: readonly (readonly [RegExp, string])[] = [
  [/^(?:red|rote?)$/u, "var(--danger)"], [/^(?:green|grüne?)$/u, "var(--success)"], [/^(?:blue|blaue?)$/u, "var(--accent)"],
  [/^(?:yellow|gelbe?)$/u, "light-dark(#b58900, #e8c547)"], [/^orange(?:farbene)?$/u, "light-dark(#c2570c, #ff9d5c)"], [/^(?:purple|violette?|lila)$/u, "light-dark(#7a3fb5, #c39bff)"],
];
const CATEGORY = /^(?:(\p{L}+) category|(\p{L}+) kategorie|kategorie (\p{L}+))$/u;
const TONES = 7;

/** A colour of CSS. */
export function categoryTone(name: string): string {
  const plain = name.trim().toLowerCase();
  const said = CATEGORY.exec(plain)?.slice(1).find((word) => word !== undefined) ?? plain;
  const preset = PRESETS.find(([pattern]) => pattern.test(said))?.[1];
  return preset ?? `var(--mark-${String((hash(plain) % TONES) + 1)})`;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const unit of text) value = Math.imul(value ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
