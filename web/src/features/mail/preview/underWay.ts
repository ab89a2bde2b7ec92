/** The files that are being fetched to be saved. Their tiles say so, whoever asked for them. */
import type { BlobId } from "@/jmap";
import { Value } from "@/store";
import type { Signal } from "@/store";
import { awaitFile, saveFile } from "./files";

const underWay = new Value<ReadonlySet<BlobId>>(new Set());

export const filesUnderWay: Signal<ReadonlySet<BlobId>> = underWay;

/** Save a file as soon as the server has it; asked twice meanwhile is asked once. Throws Offline, RequestRefused. */
export async function fetchAndSave(url: string, blobId: BlobId): Promise<void> {
  if (underWay.get().has(blobId)) return;
  underWay.set(new Set([...underWay.get(), blobId]));
  try {
    await awaitFile(url, blobId);
    saveFile(url);
  } finally {
    underWay.set(new Set([...underWay.get()].filter((other) => other !== blobId)));
  }
}
