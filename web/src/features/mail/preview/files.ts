/** Files of a message: which are listed, and how one is saved or read. */
import type { AccountId, BlobId, BodyPart, Email, EmailBody, Session } from "@/jmap";
import { Offline, RequestRefused, downloadUrl } from "@/jmap";
import { withoutTurning } from "@/lib/turning";
import { bareCid } from "../html/safe";
import { decodeText } from "../text/decode";

/** Attachments to list: all but the pictures that stand in the text. */
export function listedAttachments(body: EmailBody, shownInline: ReadonlySet<string>): readonly BodyPart[] {
  return body.attachments.filter((part) => !(part.cid && shownInline.has(bareCid(part.cid))));
}

/** A name as people read it: without the marks, weak ones too, that turn the direction of writing and so hide an ending. */
export function shownName(name: string): string {
  return withoutTurning(name).replace(/[\u200e\u200f]+/g, "");
}

/** A name every system takes: an invoice may be called "12/2026", a file may not. */
export function fileName(name: string): string {
  return shownName(name).replace(/[\u0000-\u001f\u007f<>:"/\\|?*]+/g, " ").replace(/\s+/g, " ").replace(/^[. ]+|[. ]+$/g, "");
}

/** Begin a download without leaving the page; the server answers as attachment. */
export function saveFile(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.rel = "noopener";
  document.body.append(link);
  link.click();
  link.remove();
}

/** A file name every system takes, of at most 100 characters before the ending. */
export function saveName(subject: string, ending: string): string {
  const bare = fileName(subject).slice(0, 100).replace(/[. ]+$/, "");
  return `${bare || "message"}.${ending}`;
}

/** Where several files of a message are to be had as one archive, and what stands for them together while they are fetched. */
export function archiveOf(account: { readonly id: AccountId }, email: { readonly id: string; readonly subject: string | null }, parts: readonly BodyPart[], unnamed: string): { readonly url: string; readonly key: BlobId } {
  const key = parts.map(({ blobId }) => blobId).filter(Boolean).join(",") as BlobId;
  const name = saveName(email.subject || unnamed, "zip");
  return { url: `/jmap/archive/${[account.id, email.id, name].map(encodeURIComponent).join("/")}?files=${encodeURIComponent(key)}`, key };
}

/** Where a message lies as it travelled; `unnamed` is what its file is called without a subject. */
export function originalUrl({ session, account }: { readonly session: Session; readonly account: { readonly id: AccountId } }, email: Email, unnamed: string): string {
  return downloadUrl(session, account.id, email.blobId, { name: saveName(email.subject || unnamed, "eml"), type: "message/rfc822" });
}

/**
 * Fetch a file's bytes as the named type, whatever the server calls them; null: as it calls them.
 * Throws Offline, RequestRefused.
 */
export async function fetchBlob(url: string, type: string | null, init: RequestInit = {}): Promise<Blob> {
  const response = await ask(url, init);
  if (!response.ok) throw await refusal(response);
  return type === null ? await response.blob() : new Blob([await response.arrayBuffer()], { type });
}

/** A file as text, however it is written. Throws as `fetchBlob`. */
export async function fetchText(url: string): Promise<string> {
  return decodeText(new Uint8Array(await (await fetchBlob(url, "text/plain")).arrayBuffer()));
}

/**
 * Wait until the server has the file: it may still be at Microsoft, and a download that
 * waits gives no sign. Asked whether the file has changed, the server fetches it and
 * answers "no" without sending it. Throws Offline, RequestRefused.
 * Source: RFC 9110 §13.1.2, §15.4.5.
 */
export async function awaitFile(url: string, blobId: string): Promise<void> {
  const response = await ask(url, { headers: { "If-None-Match": `"${blobId}"` } });
  if (response.status === 304) return;
  if (!response.ok) throw await refusal(response);
  await response.body?.cancel();
}

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { credentials: "same-origin", headers: {}, ...init });
  } catch (cause) {
    throw new Offline("The file can't be fetched", { cause });
  }
}

/** Browsers without a viewer, as on many phones, would leave an empty tab behind. Source: HTML, "PDF viewing support". */
export function showsPdf(): boolean {
  const { pdfViewerEnabled } = navigator as { readonly pdfViewerEnabled?: boolean };
  return pdfViewerEnabled !== false;
}

async function refusal(response: Response): Promise<RequestRefused> {
  const told = (await response.json().catch(() => null)) as { type?: string; detail?: string } | null;
  const type = told?.type?.split(/[:/]/).at(-1) ?? `http_${String(response.status)}`;
  return new RequestRefused(response.status, type, told?.detail ?? "");
}
