/** A message that is being written, and the draft it becomes. Pure. */
import type {
  BlobId, DraftCreation, DraftPart, EmailId, Identity, IdentityId, Importance, Keyword, MailboxId,
} from "@/jmap";
import type { Recipient } from "./groups";
import { bare } from "./groups";
import type { Signed } from "./signature";
import { signedText, withoutSignature } from "./signature";

/** A file of a letter. `cid`: it is a picture that stands in the text. */
export interface LetterFile {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly cid: string | null;
  /** Null until it was brought to the server. */
  readonly blobId: BlobId | null;
  /** A link to a file in the cloud, which Outlook has put in: it can be shown, but not be kept in another draft. */
  readonly isCloud?: boolean;
}

export interface Letter {
  /** Null: the mailbox's own. */
  readonly identity: IdentityId | null;
  readonly to: readonly Recipient[];
  readonly cc: readonly Recipient[];
  readonly bcc: readonly Recipient[];
  readonly subject: string;
  readonly isPlain: boolean;
  /** The text as mail HTML; what was quoted stands in it. */
  readonly html: string;
  /** The text while it is plain. */
  readonly text: string;
  readonly importance: Importance;
  /** Its readers are asked for a receipt. */
  readonly asksReceipt: boolean;
  readonly files: readonly LetterFile[];
  /** What was put in as its signature; null: none, or one that is not known any more. */
  readonly signature: Signed | null;
  /** Its draft has files that are not known yet: nothing may take that draft's place. */
  readonly awaitsFiles: boolean;
  /** By which Message-IDs its drafts are known again; what the next ones begin with comes first. */
  readonly lineage: readonly string[];
}

export const EMPTY: Letter = {
  identity: null, to: [], cc: [], bcc: [], subject: "", isPlain: false, html: "", text: "", importance: "normal", asksReceipt: false, files: [], signature: null, awaitsFiles: false, lineage: [],
};

/** How a letter belongs to others. */
export interface Origin {
  /** The message it answers or forwards; null when it does neither, or when that is not here. */
  readonly answers: EmailId | null;
  /** What that one is marked with when this is sent. */
  readonly mark: Keyword | null;
  readonly inReplyTo: readonly string[];
  readonly references: readonly string[];
}

export const NO_ORIGIN: Origin = { answers: null, mark: null, inReplyTo: [], references: [] };

/** The headers of an answer or a forward. Source: RFC 5322 §3.6.4. A forward begins nothing and answers nothing, but stays in its thread. */
export function originOf(answers: EmailId, isForward: boolean, messageId: string | null, references: readonly string[]): Origin {
  const chain = [...references.filter((each) => each !== messageId), ...(messageId ? [messageId] : [])];
  return {
    answers, mark: isForward ? "$forwarded" : "$answered",
    inReplyTo: isForward || !messageId ? [] : [messageId],
    references: chain.length > MOST_REFERENCES ? [...chain.slice(0, 1), ...chain.slice(1 - MOST_REFERENCES)] : chain,
  };
}

const MOST_REFERENCES = 50;

/** Fonts that every mail program has: Word, which shows Outlook's mail, falls back to Times for a name it does not know. */
const FONT = "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:1.45";

export interface DraftPlace {
  readonly folder: MailboxId;
  /** The sender; null: the server's choice. */
  readonly author: Identity | null;
  /** Without brackets. */
  readonly messageId: string;
}

/** The draft to be created. Files that are still on their way, and pictures no longer in the text, are left out. */
export function creationOf(letter: Letter, origin: Origin, { folder, author, messageId }: DraftPlace): DraftCreation {
  const { isPlain, html, text, subject, to, cc, bcc } = letter;
  const body: Pick<DraftCreation, "textBody" | "htmlBody" | "bodyValues"> = isPlain
    ? { textBody: [{ partId: "text", type: "text/plain" }], bodyValues: { text: { value: text } } }
    : { htmlBody: [{ partId: "html", type: "text/html" }], bodyValues: { html: { value: `<div style="${FONT}">${html}</div>` } } };
  return {
    mailboxIds: { [folder]: true } as DraftCreation["mailboxIds"], keywords: { $draft: true, $seen: true },
    from: author ? [{ name: author.name, email: author.email }] : [], to: to.map(bare), cc: cc.map(bare), bcc: bcc.map(bare), replyTo: author?.replyTo ?? null, subject, messageId: [messageId],
    inReplyTo: origin.inReplyTo.length > 0 ? origin.inReplyTo : null, references: origin.references.length > 0 ? origin.references : null,
    ...body, attachments: sentFiles(letter).flatMap(part),
    "poststelle:importance": letter.importance, "poststelle:answers": origin.answers,
    "poststelle:receipt": letter.asksReceipt ? "asked" : null,
  };
}

function part({ blobId, name, type, cid }: LetterFile): readonly DraftPart[] {
  if (!blobId) return [];
  return [{ blobId, name, type: /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : "application/octet-stream", ...(cid ? { cid, disposition: "inline" } : { disposition: "attachment" }) }];
}

/** The files that go along: listed ones, and the pictures that the text shows. */
export function sentFiles({ files, html, isPlain }: Letter): readonly LetterFile[] {
  return files.filter(({ cid }) => cid === null || (!isPlain && html.includes(`cid:${cid}`)));
}

/** The files in the cloud that it would lose with another draft. */
export function cloudFiles({ files }: Letter): readonly LetterFile[] {
  return files.filter(({ isCloud }) => isCloud);
}

/** Whether two say the same, to the same people, with the same files, however a provider has written that. */
export function isSameLetter(one: Letter, other: Letter): boolean {
  const areFilesKnown = !one.awaitsFiles && !other.awaitsFiles;
  return JSON.stringify(gist(one, areFilesKnown)) === JSON.stringify(gist(other, areFilesKnown));
}

function gist(letter: Letter, hasFiles: boolean): unknown {
  const { isPlain, html, text, subject, to, cc, bcc } = letter;
  const words = isPlain ? text : new DOMParser().parseFromString(html, "text/html").body.textContent;
  return [
    subject.trim(), [to, cc, bcc].map((people) => people.map(({ email }) => email.toLowerCase()).toSorted()), words.replace(/\s/gu, ""),
    hasFiles && sentFiles(letter).map(({ name, cid }) => cid ?? name).toSorted(),
  ];
}

/** An empty paragraph, beside signature and quote. */
export function isEmptyHtml(html: string): boolean {
  return withoutSignature(html).replace(/<div class="poststelle-(?:quote|forward)">[\s\S]*$/u, "").replace(/<(?!img|hr|table)[^>]*>|&nbsp;|\s/giu, "") === "";
}

/** The words somebody wrote themselves, without signature and what they quote. */
export function ownWords({ isPlain, html, text, signature }: Letter): string {
  if (isPlain) return signedText(text, signature?.plain ?? null, null).split("\n").filter((line) => !line.startsWith(">")).join("\n");
  return withoutSignature(html).replace(/<div class="poststelle-(?:quote|forward)">[\s\S]*$/u, "").replace(/<[^>]*>/gu, " ");
}

const MENTIONS = /(?<![\p{L}])(?:anhang|anhänge|anhängen|angehängt\p{L}*|angefügt\p{L}*|anbei|beigefügt\p{L}*|beiliegend\p{L}*|im anhang|anlage|attached|attachment|attachments|enclosed)(?![\p{L}])/iu;

/** The text speaks of a file, and there is none. */
export function forgotFile(letter: Letter): boolean {
  return letter.files.every(({ cid }) => cid !== null) && MENTIONS.test(ownWords(letter));
}

export function totalSize(files: readonly Pick<LetterFile, "size">[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Is anything there that would be missed? */
export function hasContent(letter: Letter): boolean {
  const isWritten = letter.isPlain ? signedText(letter.text, letter.signature?.plain ?? null, null).trim() !== "" : !isEmptyHtml(letter.html);
  return isWritten || letter.files.some(({ cid }) => cid === null) || letter.subject.trim() !== "" || [letter.to, letter.cc, letter.bcc].some((each) => each.length > 0);
}

export function domainOf(address: string): string {
  return address.split("@")[1]?.toLowerCase() || "localhost";
}
