/** Who a message goes to: addresses as people type and paste them, and whom an answer reaches. Pure. */
import type { Email, EmailAddress, EmailBody } from "@/jmap";
import { addressProblem, tidyAddress } from "@/lib/address";
import { folded } from "../search/found";
import type { Recipient } from "./groups";

/**
 * The addresses of a text: "Anna Berger <anna@x.de>; b@x.de", names in quotation marks, one to a line.
 * What is no address comes as it was written, so that it can be seen and mended.
 */
export function parseAddresses(text: string): readonly EmailAddress[] {
  return divided(text).map(parseAddress).filter(({ email }) => email !== "");
}

/** Divide at commas, semicolons and line ends that stand outside of quotation marks and angle brackets. */
function divided(text: string): readonly string[] {
  const parts: string[] = [""];
  let isQuoted = false;
  let isBracketed = false;
  for (const sign of text) {
    if (sign === '"') isQuoted = !isQuoted;
    if (!isQuoted && (sign === "<" || sign === ">")) isBracketed = sign === "<";
    if (sign === "\n" || sign === "\r") isQuoted = isBracketed = false;
    if (!isQuoted && !isBracketed && /[,;\n\r\t]/.test(sign)) parts.push("");
    else parts.push((parts.pop() ?? "") + sign);
  }
  return joined(parts);
}

/** "Berger, Anna <anna@x.de>" is one person: a part without a sign of an address belongs to the name that follows. */
function joined(parts: readonly string[]): readonly string[] {
  const found: string[] = [];
  let held = "";
  for (const part of parts) {
    if (held !== "" && /<[^>]*@/.test(part)) found.push(`${held.trim()}, ${part.trim()}`);
    else if (held !== "") found.push(held, part);
    else if (part.trim() !== "" && !part.includes("@")) { held = part; continue; }
    else found.push(part);
    held = "";
  }
  return held === "" ? found : [...found, held];
}

function parseAddress(text: string): EmailAddress {
  const named = /^(.*?)<([^<>]*)>\s*$/su.exec(text.trim());
  if (!named) return { name: null, email: tidyAddress(text) };
  const name = (named[1] ?? "").trim().replace(/^["']|["']$/gu, "").replace(/\\(.)/gu, "$1").replace(/\s+/gu, " ").trim();
  return { name: name === "" ? null : name, email: tidyAddress(named[2] ?? "") };
}

export function isProper({ email }: EmailAddress): boolean {
  return addressProblem(email) === null;
}

/** The same people once each, as first named. */
export function unique<T extends EmailAddress>(people: readonly T[], besides: readonly string[] = []): readonly T[] {
  const seen = new Set(besides.map((email) => email.toLowerCase()));
  return people.filter(({ email }) => {
    const key = email.toLowerCase();
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/**
 * Proposals for what was begun, best first: those whose name or address begins so, however an umlaut is written,
 * and before all others who has just this address.
 */
export function proposed(begun: string, people: readonly EmailAddress[], chosen: readonly EmailAddress[], most = 6): readonly EmailAddress[] {
  const words = begun.trim().toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [];
  const starts = words.map((word) => ({ word, forms: formsOf(word) }));
  const taken = new Set(chosen.map(({ email }) => email.toLowerCase()));
  const isMeant = ({ name, email }: EmailAddress): boolean => {
    const lower = email.toLowerCase();
    const parts = `${name ?? ""} ${email}`.split(/[\s@._-]+/u).flatMap(formsOf);
    return starts.every(({ word, forms }) => lower.startsWith(word) || parts.some((part) => forms.some((form) => part.startsWith(form))));
  };
  const found: EmailAddress[] = [];
  const whole = begun.trim().toLowerCase();
  const exact = people.find(({ email }) => email.toLowerCase() === whole);
  for (const person of exact ? [exact, ...people.filter((each) => each !== exact)] : people) {
    if (found.length < most && isProper(person) && !taken.has(person.email.toLowerCase()) && isMeant(person)) found.push(person);
  }
  return found;
}

/** The ways in which a word may be written, in small letters: an umlaut as it is folded, as two letters, and without its dots. */
export function formsOf(word: string): readonly string[] {
  const small = word.toLowerCase().normalize("NFC");
  const long = small.replace(/[äöü]/gu, (letter) => `${letter.normalize("NFD").charAt(0)}e`).replaceAll("ß", "ss");
  return [...new Set([folded(small), bare(long), bare(small)])].filter((form) => form !== "");
}

function bare(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "");
}

export type AnswerKind = "reply" | "replyAll" | "forward";

export interface Recipients {
  readonly to: readonly Recipient[];
  readonly cc: readonly EmailAddress[];
}

/**
 * Whom an answer goes to. What we wrote ourselves is followed up: it goes to those it went to. What a form on a
 * website writes in our name to ourselves is answered to whom it names.
 * `own`: the mailbox's addresses, which are never answered to.
 */
export function answerRecipients(
  kind: AnswerKind, { from, to }: Pick<Email, "from" | "to">, { cc, replyTo }: Pick<EmailBody, "cc" | "replyTo">, own: readonly string[],
): Recipients {
  if (kind === "forward") return { to: [], cc: [] };
  const mine = new Set(own.map((email) => email.toLowerCase()));
  const isOutside = ({ email }: EmailAddress): boolean => email !== "" && !mine.has(email.toLowerCase());
  const isByUs = from !== null && from.length > 0 && !from.some(isOutside);
  const isOurs = isByUs && ([...(to ?? []), ...(cc ?? [])].some(isOutside) || !replyTo?.some(isOutside));
  const author: readonly Recipient[] = replyTo && replyTo.length > 0 ? replyTo.map((person) => toldApart(person, from ?? [])) : (from ?? []);
  const answered = unique((isOurs ? (to ?? []) : author).filter(({ email }) => email !== ""));
  if (kind === "reply") return { to: answered, cc: [] };
  const known = [...own, ...answered.map(({ email }) => email)];
  const others = isOurs ? [] : unique(to ?? [], known);
  const all = [...answered, ...others].filter(({ email }, _, list) => !mine.has(email.toLowerCase()) || list.length === 1);
  return { to: all, cc: unique(cc ?? [], [...own, ...all.map(({ email }) => email)]) };
}

/** The name is the sender's to choose; that answers go to another address than it came from must not be missed. */
function toldApart(person: EmailAddress, from: readonly EmailAddress[]): Recipient {
  const isSender = from.some(({ email }) => email.toLowerCase() === person.email.toLowerCase());
  return isSender || !person.name ? person : { ...person, isElsewhere: true };
}

const ANSWERED = /^(?:re|aw|antw|antwort|sv|ref)\s*(?:\[\d+\])?\s*:\s*/iu;
const FORWARDED = /^(?:fwd?|wg|wtr|tr|i)\s*:\s*/iu;

/** "AW: Angebot", never "AW: Re: Angebot": the thread's own word stays. `prefix` without colon. */
export function answerSubject(kind: AnswerKind, subject: string, prefix: string): string {
  const bare = subject.trim();
  const has = (kind === "forward" ? FORWARDED : ANSWERED).test(bare);
  return has ? bare : `${prefix}: ${bare}`.trim();
}
