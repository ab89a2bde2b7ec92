/**
 * What people type into the search field, as a filter of the mail API.
 *
 *     besichtigung from:anna "Lindenallee 3" -abgesagt is:unread before:1.11.2026
 *
 * All parts must hold; `OR` between two of them means one of both; `-` before one means not.
 * Operators are known in English and German at once, whatever the page's language.
 * The last word may still be being typed, so it stands for every word that begins so.
 */
import type { EmailCondition, EmailFilter, Folder, MailboxId, Role } from "@/jmap";
import { days } from "./days";

export interface Folders {
  readonly all: readonly Folder[];
  /** The names from the top folder down, as the page shows them. */
  path(folder: Folder): readonly string[];
  /** Likewise as the mailbox says them. */
  ownPath(folder: Folder): readonly string[];
}

export type Problem =
  | { readonly kind: "folder"; readonly value: string }
  | { readonly kind: "date"; readonly value: string }
  | { readonly kind: "size"; readonly value: string }
  | { readonly kind: "state"; readonly value: string };

export interface ParsedSearch {
  /** Null when nothing is asked for. */
  readonly filter: EmailFilter | null;
  /** What is looked for as words, to be marked where it is found; a star ends those that only begin so. */
  readonly words: readonly string[];
  /** What can't be understood. Then the filter is null. */
  readonly problems: readonly Problem[];
}

export type Operator = "from" | "to" | "cc" | "bcc" | "subject" | "body" | "in" | "has" | "is" | "before" | "after" | "on" | "larger" | "smaller" | "category";

const NAMES: Readonly<Record<string, Operator>> = {
  from: "from", von: "from", to: "to", an: "to", cc: "cc", kopie: "cc", bcc: "bcc", subject: "subject", betreff: "subject",
  body: "body", text: "body", in: "in", ordner: "in", folder: "in", has: "has", hat: "has", mit: "has", is: "is", ist: "is",
  before: "before", vor: "before", after: "after", since: "after", nach: "after", seit: "after", on: "on", am: "on",
  larger: "larger", größer: "larger", groesser: "larger", smaller: "smaller", kleiner: "smaller",
  category: "category", kategorie: "category",
};

const STATES: Readonly<Record<string, EmailCondition>> = {
  unread: { notKeyword: "$seen" }, ungelesen: { notKeyword: "$seen" }, read: { hasKeyword: "$seen" }, gelesen: { hasKeyword: "$seen" },
  flagged: { hasKeyword: "$flagged" }, starred: { hasKeyword: "$flagged" }, gekennzeichnet: { hasKeyword: "$flagged" }, markiert: { hasKeyword: "$flagged" },
  unflagged: { notKeyword: "$flagged" }, answered: { hasKeyword: "$answered" }, beantwortet: { hasKeyword: "$answered" },
  unanswered: { notKeyword: "$answered" }, unbeantwortet: { notKeyword: "$answered" },
  forwarded: { hasKeyword: "$forwarded" }, weitergeleitet: { hasKeyword: "$forwarded" }, draft: { hasKeyword: "$draft" }, entwurf: { hasKeyword: "$draft" },
  // Outlook's two halves of the inbox.
  focused: { "poststelle:isOther": false }, relevant: { "poststelle:isOther": false }, other: { "poststelle:isOther": true }, sonstige: { "poststelle:isOther": true },
};

const FILES = new Set(["attachment", "attachments", "file", "anhang", "anhänge", "datei"]);

const ROLES: Readonly<Record<string, Role>> = {
  inbox: "inbox", posteingang: "inbox", sent: "sent", gesendet: "sent", drafts: "drafts", entwürfe: "drafts", archive: "archive", archiv: "archive",
  junk: "junk", spam: "junk", "junk-e-mail": "junk", trash: "trash", papierkorb: "trash", deleted: "trash", gelöscht: "trash",
};

export interface Token {
  readonly isNot: boolean;
  readonly operator: Operator | null;
  readonly value: string;
  readonly isQuoted: boolean;
  /** Where it stands in the text. */
  readonly from: number;
  readonly to: number;
}

const TOKEN = /(-)?(\p{L}+):(?=\s|$)|(-)?(?:(\p{L}+):)?(?:"([^"]*)"?|„([^“”]*)[“”]?|“([^”]*)”?|(\S+))/gu;

/** The parts of a text, in order. What stands before a colon and is no operator belongs to the word. */
export function tokens(text: string): readonly Token[] {
  return [...text.matchAll(TOKEN)].map((match): Token => {
    const [whole, notBare, bare, not, name, straight, low, high, word] = match;
    const place = { from: match.index, to: match.index + whole.length };
    const operator = NAMES[(name ?? bare ?? "").toLowerCase()] ?? null;
    const quoted = straight ?? low ?? high;
    const isNot = (not ?? notBare) !== undefined && whole !== "-";
    if (bare !== undefined) return { isNot: isNot && operator !== null, operator, value: operator ? "" : whole, isQuoted: false, ...place };
    const said = quoted ?? word ?? "";
    if (name !== undefined && !operator) return { isNot, operator: null, value: `${name}:${said}`, isQuoted: false, ...place };
    return { isNot, operator, value: said, isQuoted: quoted !== undefined, ...place };
  });
}

/** What a text asks for. `today` is any moment of this day in the reader's zone. */
export function parseSearch(text: string, folders: Folders, today: Date): ParsedSearch {
  const all = tokens(text);
  const isOpen = !/\s$/.test(text);
  const words: string[] = [];
  const problems: Problem[] = [];
  const parts: { readonly filter: EmailFilter; readonly isOr: boolean }[] = [];
  let isOr = false;
  for (const [index, token] of all.entries()) {
    if (isJoining(token)) { isOr = parts.length > 0; continue; }
    const last = isOpen && index === all.length - 1;
    const filter = meaning(last ? begun(token) : token, folders, today, problems);
    if (!filter) continue;
    if (!token.isNot) words.push(...lookedFor(last ? begun(token) : token));
    parts.push({ filter: token.isNot ? { operator: "NOT", conditions: [filter] } : filter, isOr });
    isOr = false;
  }
  return { filter: problems.length > 0 ? null : together(parts), words, problems };
}

function isJoining({ operator, value, isQuoted, isNot }: Token): boolean {
  return operator === null && !isQuoted && !isNot && (value === "OR" || value === "ODER");
}

const WORDS = new Set<Operator | null>([null, "from", "to", "cc", "bcc", "subject", "body"]);

/** A word that is still being typed stands for all that begin so. */
function begun(token: Token): Token {
  const isWord = WORDS.has(token.operator) && !token.isQuoted && /[\p{L}\p{N}]{2}$/u.test(token.value);
  return isWord ? { ...token, value: `${token.value}*` } : token;
}

function lookedFor({ operator, value, isQuoted }: Token): readonly string[] {
  return WORDS.has(operator) && /[\p{L}\p{N}]/u.test(value) ? [isQuoted ? value : value.replace(/^[^\p{L}\p{N}]+/u, "")] : [];
}

function meaning({ operator, value, isQuoted }: Token, folders: Folders, today: Date, problems: Problem[]): EmailFilter | null {
  const lower = value.toLowerCase();
  if (value === "") return null; // an operator whose value is still to come
  const asked = isQuoted ? `"${value}"` : value;
  switch (operator) {
    case null: return /[\p{L}\p{N}]/u.test(value) ? { text: asked } : null;
    case "from": case "to": case "cc": case "bcc": case "subject": case "body": return { [operator]: asked };
    case "is": return STATES[lower] ?? failed(problems, { kind: "state", value });
    case "has": return FILES.has(lower) ? { hasAttachment: true } : (STATES[lower] ?? failed(problems, { kind: "state", value }));
    case "category": return { "poststelle:category": value };
    case "in": return within(lower, folders) ?? failed(problems, { kind: "folder", value });
    case "before": case "after": case "on": return dated(operator, lower, today) ?? failed(problems, { kind: "date", value });
    case "larger": case "smaller": {
      const octets = sizeOf(lower);
      if (octets === null) return failed(problems, { kind: "size", value });
      return operator === "larger" ? { minSize: octets } : { maxSize: octets };
    }
  }
}

function failed(problems: Problem[], problem: Problem): null {
  problems.push(problem);
  return null;
}

function dated(operator: "before" | "after" | "on", value: string, today: Date): EmailCondition | null {
  const span = days(value, today);
  if (!span) return null;
  const [begin, end] = [span.begin.toISOString(), span.end.toISOString()];
  if (operator === "before") return { before: begin };
  return operator === "after" ? { after: begin } : { after: begin, before: end };
}

/** Messages in any folder of that name, shown or its own, whole or begun, or with that purpose; null when there is none. */
function within(wanted: string, { all, path, ownPath }: Folders): EmailFilter | null {
  const role = ROLES[wanted];
  const named = (test: (name: string) => boolean): readonly Folder[] => all.filter((mailbox) => [[mailbox.name], ownPath(mailbox), path(mailbox)].some((names) => test(names.join("/").toLowerCase())));
  const byRole = role ? all.filter((mailbox) => mailbox.role === role) : [];
  const exact = named((name) => name === wanted);
  const found = exact.length > 0 ? exact : byRole.length > 0 ? byRole : named((name) => name.startsWith(wanted));
  const conditions = found.map(({ id }): EmailCondition => ({ inMailbox: id }));
  if (conditions.length < 2) return conditions[0] ?? null;
  return { operator: "OR", conditions };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9 };

function sizeOf(text: string): number | null {
  const match = /^(\d+(?:[.,]\d+)?)\s*([kmg]?b?)$/.exec(text);
  const unit = match ? UNITS[match[2] ?? ""] : undefined;
  return match && unit !== undefined ? Math.round(Number((match[1] ?? "").replace(",", ".")) * unit) : null;
}

/** All parts, those joined by OR as one; words that may stand anywhere travel as one condition. */
function together(parts: readonly { readonly filter: EmailFilter; readonly isOr: boolean }[]): EmailFilter | null {
  const groups: EmailFilter[][] = [];
  for (const { filter, isOr } of parts) {
    const last = groups.at(-1);
    if (isOr && last) last.push(filter);
    else groups.push([filter]);
  }
  const single = groups.map((group): EmailFilter => (group.length === 1 ? (group[0] as EmailFilter) : { operator: "OR", conditions: group }));
  const texts = single.flatMap((filter) => ("text" in filter && filter.text !== undefined ? [filter.text] : []));
  const others = single.filter((filter) => !("text" in filter));
  const conditions: readonly EmailFilter[] = [...(texts.length > 0 ? [{ text: texts.join(" ") }] : []), ...others];
  if (conditions.length < 2) return conditions[0] ?? null;
  return { operator: "AND", conditions };
}

/** One folder's part of a search. */
export function inFolder(filter: EmailFilter, mailboxId: MailboxId): EmailFilter {
  return { operator: "AND", conditions: [{ inMailbox: mailboxId }, filter] };
}
