/**
 * Messages on paper: put together in a frame of their own that runs nothing, and printed from there.
 *
 * Each message's HTML stands in a shadow of its own, so that its style sheet reaches no other one.
 */
import type { BodyPart, Email, EmailBody, EmailId, Session } from "@/jmap";
import { downloadUrl } from "@/jmap";
import type { AccountStore } from "@/store";
import { foldQuotes, isForward } from "../html/quotes";
import type { SafeHtml } from "../html/safe";
import { bareCid, safeHtml } from "../html/safe";
import { isHeavy } from "../html/heavy";
import { fileKind } from "../text/names";
import { textBlocks } from "../text/plain";
import { contentOf, wordsInstead } from "./body";
import { fetchBlob, listedAttachments, shownName } from "./files";
import type { Brought } from "./outside";
import { bringPictures, placePictures } from "./outside";

export interface PrintWords {
  readonly title: string;
  readonly count: string;
  /** In place of a quote. */
  readonly quoted: string;
  readonly attachments: string;
}

/** What paper needs of a message, stored or attached. */
export type Printed = Pick<Email, "id" | "blobId" | "subject" | "from" | "to">;

export interface PrintOptions<T extends Printed> {
  readonly account: AccountStore;
  readonly session: Session;
  /** Oldest first. */
  readonly messages: readonly T[];
  readonly bodyOf: (message: T) => Promise<EmailBody>;
  /** Those whose pictures from outside were asked for. */
  readonly pictured: ReadonlySet<EmailId>;
  readonly words: PrintWords;
  readonly headOf: (message: T, body: EmailBody) => readonly (readonly [label: string, value: string])[];
}

/** A message ready to be put on paper: safe HTML, or plain text where there is none. */
export interface Sheet {
  readonly head: readonly (readonly [label: string, value: string])[];
  readonly mail: SafeHtml | null;
  readonly text: string;
  /** What was to be had of its pictures from outside. */
  readonly brought: Brought;
}

const SANDBOX = "allow-same-origin allow-modals"; // the browser's dialog of printing is a modal; nothing inside can open one
const PICTURES_MS = 5_000;
const KEPT_MS = 60_000;

/** Ask the browser to print messages; resolves when its dialog has come. Throws what their bodies throw. */
export async function printMessages<T extends Printed>(options: PrintOptions<T>): Promise<void> {
  const { bodyOf, messages, words } = options;
  const bodies = await Promise.all(messages.map(bodyOf));
  const made: string[] = [];
  const sheets = await Promise.all(messages.map(async (email, at) => sheetOf(options, { email, body: bodies[at] as EmailBody, isFirst: at === 0 }, made)));
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", SANDBOX);
  frame.title = words.title;
  frame.dataset["print"] = "";
  frame.style.cssText = "position:fixed;right:0;bottom:0;width:0;height:0;border:0;visibility:hidden";
  frame.srcdoc = emptyDocument(words.title);
  await new Promise((resolve) => {
    frame.addEventListener("load", resolve, { once: true });
    document.body.append(frame);
  });
  const [inside, view] = [frame.contentDocument, frame.contentWindow];
  if (!inside || !view) return;
  fillSheets(inside, words, sheets);
  await picturesOf(inside);
  const end = (): void => {
    frame.remove();
    for (const url of made) URL.revokeObjectURL(url);
  };
  view.addEventListener("afterprint", () => { setTimeout(end); });
  setTimeout(end, KEPT_MS); // not every browser tells
  view.focus();
  view.print();
}

interface Page<T extends Printed> {
  readonly email: T;
  readonly body: EmailBody;
  /** Nothing stands above it: what it quotes is nowhere else on the paper. */
  readonly isFirst: boolean;
}

type SheetOptions<T extends Printed> = Pick<PrintOptions<T>, "account" | "session" | "pictured" | "words" | "headOf">;

/** One message as paper shows it. The addresses of its own pictures are added to `made`, to be given up when it is printed. */
export async function sheetOf<T extends Printed>({ account, session, pictured, words, headOf }: SheetOptions<T>, { email, body, isFirst }: Page<T>, made: string[]): Promise<Sheet> {
  const files = listedAttachments(body, new Set());
  const pictures = new Map<string, string>();
  await Promise.all(files.filter(isInlinePicture).map(async ({ blobId, cid, type, name }) => {
    const address = blobId ? downloadUrl(session, account.id, blobId, { name: name ?? "picture", type, inline: true }) : "";
    const blob = await fetchBlob(address, type).catch(() => null); // the paper has an empty box, as the screen has
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    made.push(url);
    pictures.set(bareCid(cid ?? ""), url);
  }));
  const { content, isHtml } = contentOf(body);
  const fold = isFirst ? undefined : (root: HTMLElement): void => { leaveQuotesOut(root, words.quoted, isForward(email.subject)); };
  const mail = isHtml && !isHeavy(content)
    ? safeHtml(content, { outside: pictured.has(email.id) ? "named" : "held", cidUrl: (cid) => pictures.get(cid) ?? null, ...(fold ? { fold } : {}) })
    : null;
  const text = mail ? "" : isHtml ? wordsInstead(body, content) : isFirst ? content : withoutQuotes(content, words.quoted, isForward(email.subject));
  const named = listedAttachments(body, mail?.cids ?? new Set()).map((part) => shownName(part.name ?? "")).filter(Boolean).join(", ");
  const brought = await outsideOf(account, email, mail, made);
  return { head: [...headOf(email, body), ...(named ? [[words.attachments, named] as const] : [])], mail, text, brought };
}

/** Its pictures from outside, as far as they come in time. */
async function outsideOf(account: AccountStore, { blobId }: Printed, mail: SafeHtml | null, made: string[]): Promise<Brought> {
  const brought = new Map<number, string | null>();
  if (!mail || mail.outside.length === 0) return brought;
  await bringPictures({ account: account.id, blob: blobId, urls: mail.outside }, (number, url) => {
    brought.set(number, url);
    if (url) made.push(url);
  }, AbortSignal.timeout(PICTURES_MS));
  return brought;
}

function isInlinePicture(part: BodyPart): boolean {
  return Boolean(part.cid && part.blobId) && fileKind(part.type, part.name) === "picture";
}

function leaveQuotesOut(root: HTMLElement, words: string, isPassedOn: boolean): void {
  foldQuotes(root, { label: words, isForward: isPassedOn, isOpen: false });
  for (const quote of root.querySelectorAll("details.poststelle-folded")) {
    const note = root.ownerDocument.createElement("p");
    note.textContent = words;
    note.style.cssText = "color:#5c6470;font-style:italic";
    quote.replaceWith(note);
  }
}

function withoutQuotes(text: string, words: string, isPassedOn: boolean): string {
  const blocks = textBlocks(text, isPassedOn);
  const hasOwn = blocks.some(({ kind, lines }) => kind === "text" && lines.some((line) => line.trim() !== ""));
  return blocks.map(({ kind, lines }) => (kind === "quote" && hasOwn ? words : lines.join("\n"))).join("\n");
}

const LOOK = `body{margin:0;color:#1a1d23;font:11pt/1.45 "Inter Variable",system-ui,sans-serif}
h1{margin:0;font-size:15pt;line-height:1.3}.count{margin:2pt 0 0;color:#5c6470;font-size:9.5pt}
section{margin-top:14pt;padding-top:10pt;border-top:1pt solid #c8ccd2}
dl{display:grid;grid-template-columns:auto 1fr;gap:1pt 10pt;margin:0 0 10pt;font-size:9.5pt;break-inside:avoid;break-after:avoid}
dt{color:#5c6470}dd{margin:0;overflow-wrap:anywhere}pre{margin:0;font:inherit;white-space:pre-wrap;overflow-wrap:anywhere}`;
const SHEET_LOOK = ":host{display:block;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #c8ccd2}pre{white-space:pre-wrap}";

function emptyDocument(title: string): string {
  const policy = `default-src 'none'; img-src blob: data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'`;
  const escaped = title.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer"><title>${escaped}</title><style>${LOOK}</style></head><body></body></html>`;
}

/** Write the sheets into an empty document. */
export function fillSheets(paper: Document, words: PrintWords, sheets: readonly Sheet[]): void {
  const element = (name: string, text = "", className = ""): HTMLElement => {
    const made = paper.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  paper.body.append(element("h1", words.title));
  if (sheets.length > 1) paper.body.append(element("p", words.count, "count"));
  for (const { head, mail, text, brought } of sheets) {
    const section = element("section");
    const list = element("dl");
    for (const [label, value] of head) if (value) list.append(element("dt", label), element("dd", value));
    section.append(list, mail ? shadowed(paper, mail, brought) : element("pre", text));
    paper.body.append(section);
  }
}

function shadowed(paper: Document, mail: SafeHtml, brought: Brought): HTMLElement {
  const host = paper.createElement("div");
  const shadow = host.attachShadow({ mode: "open" });
  const style = paper.createElement("style");
  style.textContent = `${SHEET_LOOK}\n${mail.styles}`;
  const body = paper.createElement("div");
  body.dir = mail.direction;
  body.setAttribute("style", mail.bodyStyle);
  body.innerHTML = mail.body; // safeHtml's
  for (const picture of body.querySelectorAll("img")) picture.loading = "eager";
  shadow.append(style, body);
  placePictures(shadow, host, brought);
  return host;
}

/** Wait for the pictures, but not for ever. */
async function picturesOf(paper: Document): Promise<void> {
  const all = [...paper.querySelectorAll("section > div")].flatMap((host) => [...(host.shadowRoot?.querySelectorAll("img") ?? [])]);
  const loaded = Promise.all(all.map((picture) => picture.decode().catch(() => undefined)));
  await Promise.race([loaded, new Promise((resolve) => { setTimeout(resolve, PICTURES_MS); })]);
}
