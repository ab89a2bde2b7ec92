/**
 * Placeholders of signatures and templates, filled in as the server does it for other mail programs
 * (`mime/placeholders.py`); `tests/placeholders.json` holds both to the same cases.
 */

export type Meaning =
  | "name" | "email_name" | "email" | "phone" | "position" | "mailbox_name" | "mailbox_address" | "date"
  | "recipient_name" | "recipient_first_name" | "subject";

/** What is known; a placeholder without a value stays as it is. */
export type Values = Readonly<Partial<Record<Meaning, string>>>;

const NAMES: Readonly<Record<string, Meaning>> = {
  name: "name", emailname: "email_name", email: "email", phone: "phone", telefon: "phone", position: "position",
  mailboxname: "mailbox_name", postfachname: "mailbox_name", mailboxaddress: "mailbox_address", postfachadresse: "mailbox_address",
  date: "date", datum: "date", recipientname: "recipient_name", empfängername: "recipient_name",
  recipientfirstname: "recipient_first_name", empfängervorname: "recipient_first_name", subject: "subject", betreff: "subject",
};

const PLACEHOLDER = /\{\{([^{}<>]{1,60})\}\}/gu;
const EDGE = /(<\/?(?:p|div|li|br|h[1-6]|tr|td|th|table|tbody|ul|ol|blockquote|hr)(?:\s[^<>]*)?\/?>)/iu;
const OPENS = /^<(p|div|li|h[1-6])[\s>]/iu;
const OPTIONAL: ReadonlySet<Meaning> = new Set<Meaning>(["phone", "position"]);

export function meaningOf(name: string): Meaning | undefined {
  const plain = name.normalize("NFC").replace(/&nbsp;|[^\p{L}\p{N}]/gu, "").toLowerCase();
  return Object.hasOwn(NAMES, plain) ? NAMES[plain] : undefined;
}

export function filledPlain(text: string, values: Values): string {
  return text.split("\n").filter((line) => !isIdle(line, values)).map((line) => filled(line, values)).join("\n");
}

/** As `filledPlain`, for HTML: values are escaped, a line is a block or what stands between breaks. */
export function filledHtml(html: string, values: Values): string {
  const safe = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, escaped(value)])) as Values;
  const pieces = html.split(EDGE);
  for (let at = 0; at < pieces.length; at += 2) {
    const piece = pieces[at] ?? "";
    if (isIdle(piece, values)) drop(pieces, at);
    else pieces[at] = filled(piece, safe);
  }
  return pieces.join("");
}

/** The placeholders that are known here and still stand in a text: nobody has given them a value. */
export function openPlaceholders(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].flatMap(([whole, name]) => (meaningOf(name ?? "") ? [whole.replace(/&nbsp;/gu, " ")] : [])))];
}

function filled(text: string, values: Values): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => {
    const meaning = meaningOf(name);
    return (meaning && values[meaning]) ?? whole;
  });
}

function isIdle(text: string, values: Values): boolean {
  const named = [...text.matchAll(PLACEHOLDER)].map(([, name]) => meaningOf(name ?? ""));
  return named.length > 0 && named.every((meaning) => meaning !== undefined && OPTIONAL.has(meaning) && values[meaning] === "");
}

function drop(pieces: string[], at: number): void {
  pieces[at] = "";
  const before = pieces[at - 1] ?? "";
  const after = (pieces[at + 1] ?? "").toLowerCase();
  const opened = OPENS.exec(before);
  if (opened && after.startsWith(`</${(opened[1] ?? "").toLowerCase()}`)) pieces[at - 1] = pieces[at + 1] = "";
  else if (after.startsWith("<br")) pieces[at + 1] = "";
  else if (before.toLowerCase().startsWith("<br")) pieces[at - 1] = "";
}

function escaped(text: string): string {
  return text.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/>/gu, "&gt;").replace(/"/gu, "&quot;").replace(/'/gu, "&#x27;");
}
