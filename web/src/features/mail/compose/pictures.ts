/** The pictures in a letter's text, as this page can show them. */
import type { AccountId, Session } from "@/jmap";
import { downloadUrl } from "@/jmap";
import { fetchBlob } from "../preview/files";
import type { LetterFile } from "./letter";

/** What is put into a letter: HTML with pictures by content id, and the same in plain text. */
export interface Insertion {
  readonly html: string;
  readonly plain: string;
  readonly pictures: ReadonlyMap<string, File>;
}

export class Pictures {
  readonly #session: Session;
  readonly #account: AccountId;
  readonly #urls = new Map<string, Promise<string | null>>();

  constructor(session: Session, account: AccountId) {
    this.#session = session;
    this.#account = account;
  }

  /** A picture that this page holds. */
  put(cid: string, file: File): void {
    this.#urls.set(cid, Promise.resolve(URL.createObjectURL(file)));
  }

  /** An address under which it can be shown; null when it is not to be had. `find`: its file, as the server has it. */
  of(cid: string, find: () => LetterFile | undefined): Promise<string | null> {
    const known = this.#urls.get(cid);
    if (known) return known;
    const loaded = this.#load(find());
    this.#urls.set(cid, loaded);
    return loaded;
  }

  async #load(file: LetterFile | undefined): Promise<string | null> {
    if (!file?.blobId) return null;
    const url = downloadUrl(this.#session, this.#account, file.blobId, { name: file.name, type: file.type, inline: true });
    return fetchBlob(url, file.type).then((blob) => URL.createObjectURL(blob), () => null);
  }

  dispose(): void {
    for (const picture of this.#urls.values()) void picture.then((url) => { if (url) URL.revokeObjectURL(url); });
  }
}
