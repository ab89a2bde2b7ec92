/** The files of a letter as parts of drafts: they go with the draft, wherever it goes. */
import type { BlobId, BodyPart } from "@/jmap";
import type { LetterFile } from "./letter";

/** Files of a letter that are there no more, neither here nor at the server. */
export class FilesLost extends Error {
  override readonly name = "FilesLost";
  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    super(names.join(", "));
    this.names = names;
  }
}

/** A file that was on its way to the server when the page ended: only its name is left. */
export class FileLost extends Error {
  override readonly name = "FileLost";
}

/** Of the files of a letter that a crash left behind those that have nothing but their names. */
export function lostFiles(files: readonly LetterFile[]): ReadonlyMap<string, { readonly kind: "failed"; readonly error: unknown }> {
  const lost = files.filter(({ blobId, isCloud, cid }) => blobId === null && !isCloud && cid === null);
  return new Map(lost.map(({ key }) => [key, { kind: "failed", error: new FileLost() }]));
}

/** The blobs of a draft's parts by the keys of the files that they are. `isStrict`: of the same size too. */
export function namedBy(parts: readonly BodyPart[], files: readonly LetterFile[], isStrict = false): Map<string, BlobId> {
  const left = parts.filter(({ blobId }) => blobId !== null);
  const named = new Map<string, BlobId>();
  for (const file of files) {
    const at = left.findIndex((part) => (file.cid === null ? part.cid === null && part.name === file.name : part.cid === file.cid) && (!isStrict || part.size === file.size));
    const [found] = at < 0 ? [] : left.splice(at, 1);
    if (found?.blobId && file.blobId) named.set(file.key, found.blobId);
  }
  return named;
}
