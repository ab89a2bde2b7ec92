/** Boilerplate as it stands in a letter: placeholders filled in, safe, pictures as parts. */
import type { Boilerplate, WritingNeeds } from "@/api";
import type { EmailAddress } from "@/jmap";
import { personName } from "@/lib/personName";
import type { Values } from "@/lib/placeholders";
import { filledHtml, filledPlain } from "@/lib/placeholders";
import { plainOf } from "../compose/editor/mailHtml";
import { cleanedHtml, textAsHtml } from "../compose/quote";
import { takenOut } from "./pictures";

/** What a letter says that placeholders ask for. */
export interface About {
  /** The sender's address; the mailbox's own where it is none of the known ones. */
  readonly from: string;
  readonly recipients: readonly EmailAddress[];
  readonly subject: string;
  readonly day: Date;
  /** For Intl. */
  readonly locale: string;
}

export interface Filled {
  readonly id: string;
  readonly html: string;
  readonly plain: string;
  readonly subject: string;
  readonly pictures: ReadonlyMap<string, File>;
}

/** `values` of a letter: a recipient and a subject that are not there yet stay placeholders. */
export function valuesOf({ values, addresses }: WritingNeeds, about: About): Values {
  const sender = addresses.find(({ email }) => email.toLowerCase() === about.from.toLowerCase()) ?? addresses[0];
  const [recipient] = about.recipients;
  const name = recipient ? (personName(recipient) ?? recipient.email) : null;
  return {
    ...values, email_name: sender?.name ?? values["name"] ?? "",
    date: new Intl.DateTimeFormat(about.locale, { dateStyle: "medium" }).format(about.day),
    ...(name === null ? {} : { recipient_name: name, recipient_first_name: firstName(name) }),
    ...(about.subject.trim() === "" ? {} : { subject: about.subject.trim() }),
  };
}

/** "Anna" of "Anna Berger" and of "Berger, Anna"; an address stays what it is. */
export function firstName(name: string): string {
  const turned = /^[^,@]+,\s*([^,]+)$/u.exec(name.trim())?.[1] ?? name.trim();
  return turned.includes("@") ? turned : (turned.split(/\s+/u)[0] ?? turned);
}

export function filled(one: Boilerplate, values: Values, makeCid: () => string): Filled {
  const { id, subject } = one;
  if (one.html === "") {
    const plain = filledPlain(one.plain, values);
    return { id, html: textAsHtml(plain), plain, subject: filledPlain(subject, values), pictures: new Map() };
  }
  const { html, pictures } = takenOut(filledHtml(one.html, values), makeCid);
  const clean = cleanedHtml(html);
  return { id, html: clean, plain: plainOf(clean), subject: filledPlain(subject, values), pictures };
}

/** The signature that a letter ends with; null: none. */
export function signatureFor({ boilerplate, addresses }: WritingNeeds, from: string, isAnswer: boolean): Boilerplate | null {
  const sender = addresses.find(({ email }) => email.toLowerCase() === from.toLowerCase()) ?? addresses[0];
  const id = isAnswer ? sender?.answer_signature : sender?.signature;
  return boilerplate.find((each) => each.id === id) ?? null;
}

export function signaturesOf({ boilerplate }: WritingNeeds): readonly Boilerplate[] {
  return boilerplate.filter(({ kind }) => kind === "signature");
}

export function templatesOf({ boilerplate }: WritingNeeds): readonly Boilerplate[] {
  return boilerplate.filter(({ kind }) => kind === "template");
}

/** Those whose name, subject or text has all the words; a name that begins with them comes first. */
export function found(templates: readonly Boilerplate[], words: string): readonly Boilerplate[] {
  const looked = folded(words).split(/\s+/u).filter(Boolean);
  const rank = ({ name }: Boilerplate): number => (folded(name).startsWith(looked.join(" ")) ? 0 : looked.every((word) => folded(name).includes(word)) ? 1 : 2);
  return templates
    .filter(({ name, subject, plain }) => looked.every((word) => folded(`${name} ${subject} ${plain}`).includes(word)))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** Capitals and accents make no difference. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
