/** Files of a message: which are listed, and how one is saved or read. */
import type { BodyPart, EmailBody } from "@/jmap";
import { Offline, RequestRefused } from "@/jmap";
import { bareCid } from "../html/safe";

/** Attachments to list: all but the pictures that stand in the text. */
export function listedAttachments(body: EmailBody, shownInline: ReadonlySet<string>): readonly BodyPart[] {
  return body.attachments.filter((part) => !(part.cid && shownInline.has(bareCid(part.cid))));
}

const TURNING = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;

/** A name as people read it: without the marks that turn the direction of writing and so hide an ending. */
export function shownName(name: string): string {
  return name.replace(TURNING, "");
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

/** Fetch a file's bytes as the named type, whatever the server calls them. Throws Offline, RequestRefused. */
export async function fetchBlob(url: string, type: string): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin" });
  } catch (cause) {
    throw new Offline("The file can't be fetched", { cause });
  }
  if (!response.ok) throw await refusal(response);
  return new Blob([await response.arrayBuffer()], { type });
}

async function refusal(response: Response): Promise<RequestRefused> {
  const told = (await response.json().catch(() => null)) as { type?: string; detail?: string } | null;
  const type = told?.type?.split(/[:/]/).at(-1) ?? `http_${String(response.status)}`;
  return new RequestRefused(response.status, type, told?.detail ?? "");
}
