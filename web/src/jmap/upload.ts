/** Bringing a file for a message to come, with progress and a way to stop. Source: RFC 8620 §6.1. */
import { Busy, LoginNeeded, Offline, RequestRefused } from "./errors";
import type { BlobId } from "./types";

export interface Upload {
  /** Rejects with the errors of `errors.ts`; with Stopped after `stop`. */
  readonly done: Promise<BlobId>;
  stop(): void;
}

export class Stopped extends Error {
  override readonly name = "Stopped";
}

/** How an upload begins: the page hands in the browser's own, tests one of theirs. */
export type StartUpload = (url: string, file: Blob, type: string, onProgress: (share: number) => void) => Upload;

/** Send `file` as it is. XMLHttpRequest, because fetch tells no progress of what goes out. */
export const startUpload: StartUpload = (url, file, type, onProgress) => {
  const request = new XMLHttpRequest();
  const done = new Promise<BlobId>((resolve, reject) => {
    request.open("POST", url);
    request.setRequestHeader("X-Poststelle", "1");
    request.setRequestHeader("Content-Type", type);
    request.upload.onprogress = ({ loaded, total }) => { onProgress(total > 0 ? loaded / total : 0); };
    request.onerror = () => { reject(new Offline("The server can't be reached")); };
    request.onabort = () => { reject(new Stopped("stopped")); };
    request.onload = () => {
      const body = read(request.responseText);
      if (request.status < 300 && typeof body["blobId"] === "string") resolve(body["blobId"] as BlobId);
      else reject(refusal(request, body));
    };
    request.send(file);
  });
  return { done, stop: () => { request.abort(); } };
};

function read(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {}; // a proxy's page: the status says what there is to know
  }
}

function refusal({ status, statusText }: XMLHttpRequest, body: Record<string, unknown>): Error {
  if (status === 401) return new LoginNeeded("The login has ended");
  const type = typeof body["limit"] === "string" ? body["limit"] : typeof body["type"] === "string" ? body["type"] : `http_${String(status)}`;
  if (status === 503 || (status === 429 && type === "maxConcurrentUpload")) return new Busy(5);
  if (status === 502 || status === 504 || status < 300) return new Offline(`Answered ${String(status)}`);
  return new RequestRefused(status, type, typeof body["detail"] === "string" ? body["detail"] : statusText);
}
