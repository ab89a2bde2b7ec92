/**
 * What a letter begins with when another program asks for it: a mailto address, or a text that is shared.
 *
 * Recipients, subject and text alone are taken: a link must neither add somebody unseen (Bcc) nor name a file.
 * Source: RFC 6068; W3C "Web Share Target".
 */
import type { EmailAddress } from "@/jmap";
import { withoutTurning } from "@/lib/turning";

export interface LetterStart {
  readonly to: readonly EmailAddress[];
  readonly cc: readonly EmailAddress[];
  readonly subject: string;
  /** Plain, with line breaks. */
  readonly text: string;
}

export interface Shared {
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  readonly url?: string | undefined;
}

const EMPTY: LetterStart = { to: [], cc: [], subject: "", text: "" };
const MOST = 100;
const LONGEST_TEXT = 100_000;

/** Null for what is no mailto address. */
export function startOfMailto(address: string): LetterStart | null {
  const match = /^mailto:([^?]*)(?:\?(.*))?$/isu.exec(address.trim());
  if (!match) return null;
  const fields = (match[2] ?? "").split("&").map((field) => {
    const [name = "", ...value] = field.split("=");
    return [decoded(name).toLowerCase(), decoded(value.join("="))] as const;
  });
  const all = (name: string): readonly string[] => fields.filter(([each]) => each === name).map(([, value]) => value);
  return {
    to: addresses([decoded(match[1] ?? ""), ...all("to")]), cc: addresses(all("cc")),
    subject: line(all("subject").at(-1) ?? ""), text: lines(all("body").join("\n")),
  };
}

/** What is shared has a title, a text and an address, or some of them; an address that the text has is not said twice. */
export function startOfShared({ title, text, url }: Shared): LetterStart | null {
  const parts = [text, url && !text?.includes(url) ? url : undefined].filter((each) => each !== undefined && each.trim() !== "");
  if (!title?.trim() && parts.length === 0) return null;
  return { ...EMPTY, subject: line(title ?? ""), text: lines(parts.join("\n")) };
}

/** A text as the paragraphs of a letter. */
export function linesHtml(text: string): string {
  if (text === "") return "";
  const marks: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.split("\n").map((each) => `<div>${each.replace(/[&<>"]/gu, (mark) => marks[mark] ?? mark) || "<br>"}</div>`).join("");
}

/** Percent signs only: a plus is a plus (RFC 6068 §5). */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that stands for itself
  }
}

function addresses(lists: readonly string[]): readonly EmailAddress[] {
  const all = lists.flatMap((list) => list.split(",")).map((each) => line(each)).filter((each) => /^[^\s@]+@[^\s@]+$/u.test(each));
  return [...new Set(all)].slice(0, MOST).map((email) => ({ name: null, email }));
}

function line(text: string): string {
  return withoutTurning(text.replace(/[\s\p{Cc}]+/gu, " ")).trim().slice(0, 1_000);
}

function lines(text: string): string {
  return withoutTurning(text.replace(/\r\n?/gu, "\n").replace(/[^\P{Cc}\n\t]/gu, "")).slice(0, LONGEST_TEXT);
}
