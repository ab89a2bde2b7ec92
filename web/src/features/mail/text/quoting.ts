/** How mail programs begin a quote, in the languages an office meets. Pure. */

/** "On 27 Nov 2026, Anna wrote:": the line above a quote. */
export const ATTRIBUTION = /(?:schrieb|wrote|a écrit|escribió|ha scritto|schreef|skrev|napisał)\b.{0,80}:\s*$/iu;
/** Thunderbird and Outlook break it. */
const LONGEST_ATTRIBUTION = 300;
const ORIGINAL = /^-{2,}\s?(?:original message|original appointment|ursprüngliche nachricht|originalnachricht|original-nachricht|ursprünglicher termin|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht)\s?-{2,}$/iu;
const FORWARDED = /^-{2,}\s?(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato)\s?-{2,}/iu;
const HEADS: readonly (readonly [kind: "from" | "sent" | "to" | "subject", label: RegExp])[] = [
  ["from", /^\*?(?:von|from|de|da|van|od)\s?:/iu],
  ["sent", /^\*?(?:gesendet|sent|datum|date|envoyé|enviado|inviato|verzonden)(?: am| le| el)?\s?:/iu],
  ["to", /^\*?(?:an|to|à|para|a|aan)\s?:/iu],
  ["subject", /^\*?(?:betreff|subject|objet|asunto|oggetto|onderwerp)\s?:/iu],
];
const HEAD_LINES = 7;
const PASSED_ON = /^\s*(?:wg|fw|fwd|tr|rv|i|doorst)\s?:/iu;

/** Whether a message passes another one on: then what it quotes is what it says. */
export function isForward(subject: string | null): boolean {
  return PASSED_ON.test(subject ?? "");
}

export function isAttribution(text: string): boolean {
  const line = text.replace(/\s+/gu, " ").trim();
  return line.length <= LONGEST_ATTRIBUTION && ATTRIBUTION.test(line);
}

export function saysForwarded(line: string): boolean {
  return FORWARDED.test(line.trim());
}

/**
 * The line where a quote without marks begins that goes on to the end: "-----Original Message-----" or
 * Outlook's "From: … Sent: … To: … Subject: …" in any order; -1 where there is none.
 */
export function openQuoteAt(lines: readonly string[]): number {
  return lines.findIndex((line, at) => ORIGINAL.test(line.trim()) || isHead(lines, at));
}

function isHead(lines: readonly string[], at: number): boolean {
  if (!HEADS.some(([, label]) => label.test((lines[at] ?? "").trim()))) return false;
  if (saysForwarded(lines.slice(0, at).findLast((line) => line.trim() !== "") ?? "")) return false;
  const found = new Set<string>();
  let seen = 0;
  for (let next = at; next < lines.length && seen < HEAD_LINES; next += 1) {
    const line = (lines[next] ?? "").trim();
    if (line === "") continue;
    seen += 1;
    for (const [kind, label] of HEADS) if (label.test(line)) found.add(kind);
  }
  return found.has("from") && found.has("sent") && (found.has("to") || found.has("subject"));
}
