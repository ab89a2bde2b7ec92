/** Pictures from outside, brought by the server: this browser asks no stranger for anything. */
import type { AccountId, BlobId } from "@/jmap";
import { fetchBlob } from "./files";
import { variableOf } from "../html/safe";

/** Of a message: its blob id, or that of the one it is attached to another as. */
export interface PicturesOfMessage {
  readonly account: AccountId;
  readonly blob: BlobId;
  /** Their addresses, by number. */
  readonly urls: readonly string[];
}

/** By number; null where there is none to be had. */
export type Brought = ReadonlyMap<number, string | null>;

const AT_ONCE = 6;
const MOST = 300; // as many as the server brings of one message

/** Fetch them all, a few at a time; each is told as it comes, as an address only this page can read, or null. */
export async function bringPictures({ account, blob, urls }: PicturesOfMessage, onPicture: (number: number, url: string | null) => void, signal: AbortSignal): Promise<void> {
  const waiting = urls.slice(0, MOST).entries();
  const bring = async (): Promise<void> => {
    for (const [number, url] of waiting) {
      if (signal.aborted) return;
      const picture = await fetchPicture(account, blob, url, signal).catch(() => null);
      if (!signal.aborted) onPicture(number, picture && URL.createObjectURL(picture));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, bring));
}

/** Put them into a frame as they come, and again when it is drawn anew, until the signal. */
export async function showPictures(frame: HTMLIFrameElement, pictures: PicturesOfMessage, signal: AbortSignal): Promise<void> {
  const brought = new Map<number, string | null>();
  const place = (some: Brought): void => {
    const inside = frame.contentDocument;
    if (inside) placePictures(inside, inside.documentElement, some);
  };
  frame.addEventListener("load", () => { place(brought); }, { signal });
  signal.addEventListener("abort", () => { for (const url of brought.values()) if (url) URL.revokeObjectURL(url); });
  await bringPictures(pictures, (number, url) => {
    brought.set(number, url);
    place(new Map([[number, url]]));
  }, signal);
}

async function fetchPicture(account: AccountId, blob: BlobId, url: string, signal: AbortSignal): Promise<Blob> {
  const asked = new URL(url);
  asked.hash = "";
  return await fetchBlob(`/api/mailboxes/${encodeURIComponent(account)}/pictures`, null, {
    method: "POST", headers: { "Content-Type": "application/json", "X-Poststelle": "1" }, body: JSON.stringify({ blob, url: asked.href }), signal,
  });
}

/** Put in what has come. `root` holds the text, `host` the variables that its styles know. */
export function placePictures(root: ParentNode, host: HTMLElement, brought: Brought): void {
  for (const [number, url] of brought) {
    if (url) host.style.setProperty(variableOf(number), `url("${url}")`);
    for (const image of root.querySelectorAll<HTMLImageElement>(`img[data-outside="${String(number)}"]:not([src])`)) {
      if (url) image.src = url;
      else image.setAttribute("data-held", "");
    }
  }
}
