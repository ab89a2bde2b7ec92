/**
 * One letter that is being written: what it says, where its draft is, how its files come along.
 *
 * Knows no page. The editor, while it is on screen, holds the text; `readBody` asks it.
 */
import type { BroughtFile, KeptFile } from "@/api";
import type { AccountId, BlobId, EmailId, Identity, MailboxId, Session, StartUpload, Upload } from "@/jmap";
import { Busy, Offline, Stopped, downloadUrl, mostAttached, uploadUrl } from "@/jmap";
import type { AccountStore } from "@/store";
import { DraftRefused, Value, byRole, findByMessageId, loadParts, replaceDraft } from "@/store";
import { fetchBlob } from "../preview/files";
import type { After } from "../state/undo";
import type { Ended } from "./access";
import { withoutTheMailbox } from "./access";
import type { EditorHandle, TextHolder } from "./editor/holder";
import { Keeper } from "./keeper";
import type { Letter, LetterFile, Origin } from "./letter";
import { creationOf, hasContent, totalSize } from "./letter";
import type { Signed } from "./signature";
import { signedHtml, signedText } from "./signature";

export type Shape = "panel" | "page" | "small";

/** How a file is coming along; files without an entry are there. */
export type Coming = { readonly kind: "coming"; readonly share: number } | { readonly kind: "failed"; readonly error: unknown };

/** What keeps a letter from being sent, or what came of it. */
export type Trouble =
  | { readonly kind: "noRecipient" | "badAddress" | "noDrafts" | "noIdentity" | "filesMissing" | "fileFailed" }
  | { readonly kind: "tooLarge"; readonly name: string; readonly most: number }
  | { readonly kind: "notSent" | "notSaved"; readonly error: unknown }
  | { readonly kind: "failed"; readonly problem: string; readonly detail: string | null };

export interface ComposerOptions {
  readonly key: string;
  readonly account: AccountStore;
  readonly session: Session;
  readonly address: string;
  readonly letter: Letter;
  readonly origin: Origin;
  readonly draft: EmailId | null;
  readonly after: After;
  readonly now: () => Date;
  readonly startUpload: StartUpload;
  readonly makeId: () => string;
  /** Called after each change, and when everything is safe at the server. */
  readonly onChange: (composer: Composer) => void;
}

/** What is put into a letter: HTML with pictures by content id, and the same in plain text. */
export interface Insertion {
  readonly html: string;
  readonly plain: string;
  readonly pictures: ReadonlyMap<string, File>;
}

export class Composer implements TextHolder {
  readonly key: string;
  readonly account: AccountStore;
  readonly address: string;
  readonly keeper: Keeper;
  readonly letter: Value<Letter>;
  readonly shape = new Value<Shape>("panel");
  readonly trouble = new Value<Trouble | null>(null);
  readonly coming = new Value<ReadonlyMap<string, Coming>>(new Map());
  readonly identities = new Value<readonly Identity[]>([]);
  /** Why nothing of it can be kept at the server any more; null: it can. */
  readonly ended = new Value<Ended | null>(null);
  /** It is being sent: nothing can be changed. */
  readonly isSending = new Value(false);
  /** The buttons for the look of the text are shown. */
  readonly isFormatting = new Value(window.matchMedia("(min-width: 700px)").matches);
  origin: Origin;
  draft: EmailId | null;
  /** The headers of what it answers are known. */
  ready: Promise<void> = Promise.resolve();
  readonly #options: ComposerOptions;
  readonly #uploads = new Map<string, Upload>();
  /** Files on their way, until they are here, have failed or were taken away. */
  readonly #bringing = new Map<string, Promise<void>>();
  readonly #contents = new Map<string, Blob>();
  /** Files that the server keeps elsewhere, by how they become this letter's. */
  readonly #kept = new Map<string, () => Promise<BlobId>>();
  readonly #pictures = new Map<string, Promise<string | null>>();
  #editor: EditorHandle | null = null;
  #insertPlain: ((text: string) => void) | null = null;
  /** What changes now is no writing: the letter begins so. */
  #isBeginning = false;
  /** Pictures that came with the letter's beginning: bringing them is no writing. */
  readonly #quiet = new Set<string>();
  /** The Message-ID of a saving whose answer was lost. */
  #unsure: string | null = null;

  constructor(options: ComposerOptions) {
    this.#options = options;
    this.key = options.key;
    this.account = options.account;
    this.address = options.address;
    this.letter = new Value(options.letter);
    this.origin = options.origin;
    this.draft = options.draft;
    this.keeper = new Keeper({ save: () => this.#save(), after: options.after, now: options.now });
  }

  get session(): Session {
    return this.#options.session;
  }

  get accountId(): AccountId {
    return this.account.id;
  }

  startHtml = (): string => this.letter.get().html;

  hold = (editor: EditorHandle | null): void => {
    if (!editor && this.#editor) this.letter.set(this.now());
    this.#editor = editor;
  };

  /** The letter as it stands at this moment. */
  now(): Letter {
    return { ...this.letter.get(), ...(this.#editor ? { html: this.#editor.html() } : {}) };
  }

  /** What waits is saved now, and what was said of the missing line is not true any more. */
  lineIsBack(): void {
    const trouble = this.trouble.get();
    if (trouble && "error" in trouble && trouble.error instanceof Offline) this.trouble.set(null);
    this.keeper.retry();
  }

  /** Its writer may not write in the mailbox any more, or may again. What came from a mailbox that may not be read goes for good. */
  end(ended: Ended | null): void {
    if (this.ended.get() === "access" || this.ended.get() === ended) return;
    if (ended === "access") {
      for (const upload of this.#uploads.values()) upload.stop();
      this.letter.set(withoutTheMailbox(this.now()));
      this.#editor = null; // what it holds is shown no more: the next one begins with what is left
      this.origin = { answers: null, mark: null, inReplyTo: [], references: [] };
      this.keeper.stop();
    }
    this.trouble.set(null);
    this.ended.set(ended);
    this.#options.onChange(this);
  }

  /** Put another signature in, or none; `isQuiet` before anybody has written. */
  sign(signed: (Insertion & Signed) | null, isQuiet = false): void {
    if (signed) this.takePictures(signed.pictures, isQuiet);
    const { isPlain, text, html, signature } = this.letter.get();
    const next = signed && { id: signed.id, plain: signed.plain };
    const body = isPlain ? { text: signedText(text, signature?.plain ?? null, signed?.plain ?? null) } : this.#editor ? {} : { html: signedHtml(html, signed?.html ?? null) };
    this.letter.set({ ...this.letter.get(), ...body, signature: next });
    this.#isBeginning = isQuiet;
    if (!isPlain) this.#editor?.sign(signed?.html ?? null, isQuiet);
    this.#isBeginning = false;
    if (!isQuiet) this.touched();
  }

  /** While the text is plain, its field says how words get to where the writing mark stands. */
  holdPlain = (insert: ((text: string) => void) | null): void => {
    this.#insertPlain = insert;
  };

  /** Put a template where the writing mark stands. */
  insert({ html, plain, pictures }: Insertion): void {
    if (this.letter.get().isPlain) { this.#insertPlain?.(plain); return; }
    this.takePictures(pictures, false);
    this.#editor?.insertHtml(html);
  }

  change(change: Partial<Letter>): void {
    this.letter.set({ ...this.letter.get(), ...change });
    this.touched();
  }

  /** Somebody wrote something: what was said to be missing may be there now. */
  touched = (): void => {
    if (this.#isBeginning || this.ended.get() === "access") return;
    if (this.trouble.get()?.kind !== "failed") this.trouble.set(null);
    this.#changed();
  };

  #changed(): void {
    this.keeper.touched();
    this.#options.onChange(this);
  }

  /** It answers or forwards something. */
  get isAnswer(): boolean {
    const { answers, inReplyTo, references } = this.origin;
    return answers !== null || inReplyTo.length > 0 || references.length > 0;
  }

  get hasContent(): boolean {
    return hasContent(this.now());
  }

  // -- files ---------------------------------------------------------------------------------------

  get mostAttached(): number | null {
    return mostAttached(this.#options.session, this.accountId);
  }

  /** Bring files; those that would make the message too large are named and left out. */
  addFiles = (files: readonly File[]): void => {
    for (const file of files) this.#addFile(file, null);
  };

  /** Bring a picture that stands in the text; answers its content id, null when it is too large. */
  addPicture = (file: File): string | null => {
    const cid = this.makeCid();
    return this.takePictures(new Map([[cid, file]]), false) ? cid : null;
  };

  makeCid = (): string => `${this.#options.makeId()}@${domainOf(this.address)}`;

  /** Bring pictures that stand in the text by their content ids; false when one is too large. */
  takePictures(pictures: ReadonlyMap<string, File>, isQuiet: boolean): boolean {
    let isWhole = true;
    for (const [cid, file] of pictures) {
      if (this.#addFile(file, cid, isQuiet)) this.#pictures.set(cid, Promise.resolve(URL.createObjectURL(file)));
      else isWhole = false;
    }
    return isWhole;
  }

  #addFile(file: File, cid: string | null, isQuiet = false): boolean {
    const added = this.#placed({ name: file.name || "file", type: file.type || "application/octet-stream", size: file.size, cid });
    if (!added) return false;
    if (isQuiet) this.#quiet.add(added.key);
    else this.#options.onChange(this);
    this.#contents.set(added.key, file);
    this.#bring(added);
    return true;
  }

  /**
   * Take along files that the server keeps; what would make the message too large is named and left out.
   * `bring` makes uploads of them, all at once and in their order.
   */
  takeKept(kept: readonly KeptFile[], bring: () => Promise<readonly BroughtFile[]>): void {
    let asked: Promise<readonly BroughtFile[]> | null = null;
    const brought = (): Promise<readonly BroughtFile[]> => {
      asked ??= bring().catch((error: unknown) => { asked = null; throw error; });
      return asked;
    };
    for (const { name, type, size } of kept) {
      const file = this.#placed({ name, type, size, cid: null });
      if (!file) continue;
      this.#kept.set(file.key, async () => {
        const found = (await brought()).find((each) => each.name === name && each.size === size);
        if (!found) throw new Error("The file is no longer kept");
        return found.blob as BlobId;
      });
      this.#options.onChange(this);
      this.#bring(file);
    }
  }

  /** A file of the letter that has yet to come; null where the message would be too large with it. */
  #placed(facts: Pick<LetterFile, "name" | "type" | "size" | "cid">): LetterFile | null {
    const { files } = this.letter.get();
    const most = this.mostAttached;
    if (most !== null && totalSize(files) + facts.size > most) {
      this.trouble.set({ kind: "tooLarge", name: facts.name, most });
      return null;
    }
    const placed: LetterFile = { ...facts, key: this.#options.makeId(), blobId: null };
    this.letter.set({ ...this.letter.get(), files: [...files, placed] });
    return placed;
  }

  /** Try a file again that could not be brought. */
  retryFile(file: LetterFile): void {
    if (this.coming.get().get(file.key)?.kind === "failed") this.#bring(file);
  }

  #bring(file: LetterFile): void {
    const done = this.#upload(file).finally(() => { this.#bringing.delete(file.key); });
    this.#bringing.set(file.key, done);
  }

  /** The server takes a few files at a time; the others wait until it says so. */
  async #upload(file: LetterFile): Promise<void> {
    const { session, startUpload, after } = this.#options;
    const [content, kept] = [this.#contents.get(file.key), this.#kept.get(file.key)];
    while ((content || kept) && this.letter.get().files.some(({ key }) => key === file.key)) {
      this.#come(file.key, { kind: "coming", share: 0 });
      const upload = content
        ? startUpload(uploadUrl(session, this.accountId), content, file.type, (share) => { this.#come(file.key, { kind: "coming", share }); })
        : { done: (kept as () => Promise<BlobId>)(), stop: () => undefined };
      this.#uploads.set(file.key, upload);
      try {
        const blobId = await upload.done;
        this.#contents.delete(file.key);
        this.#kept.delete(file.key);
        this.#come(file.key, null);
        this.#setFiles((files) => files.map((each) => (each.key === file.key ? { ...each, blobId } : each)), this.#isQuiet(file.key));
        return;
      } catch (error) {
        if (error instanceof Stopped) return;
        if (!(error instanceof Busy)) { this.#come(file.key, { kind: "failed", error }); return; }
        await new Promise<void>((resolve) => { after(error.afterS * 1_000, resolve); });
      }
    }
  }

  /** Take a file away, or stop bringing it. */
  removeFile(key: string): void {
    this.#setFiles((files) => files.filter((each) => each.key !== key));
    this.#uploads.get(key)?.stop();
    this.#contents.delete(key);
    this.#kept.delete(key);
    this.#come(key, null);
    this.trouble.set(null);
  }

  get isUploading(): boolean {
    return this.#awaited().length > 0;
  }

  /** Nobody has written, and this file came with the letter's beginning. */
  #isQuiet(key: string): boolean {
    return this.#quiet.has(key) && this.keeper.state.get().kind === "untouched";
  }

  #awaited(): readonly Promise<void>[] {
    return [...this.#bringing].filter(([key]) => !this.#isQuiet(key)).map(([, done]) => done);
  }

  /** Resolves when no file is under way any more; false when one could not be brought. */
  async filesArrived(): Promise<boolean> {
    await Promise.all(this.#awaited());
    return ![...this.coming.get().values()].some(({ kind }) => kind === "failed");
  }

  #setFiles(change: (files: readonly LetterFile[]) => readonly LetterFile[], isQuiet = false): void {
    this.letter.set({ ...this.letter.get(), files: change(this.letter.get().files) });
    if (!isQuiet) this.#changed();
  }

  #come(key: string, state: Coming | null): void {
    const all = new Map(this.coming.get());
    if (state) all.set(key, state);
    else all.delete(key);
    if (state?.kind !== "coming") this.#uploads.delete(key);
    this.coming.set(all);
  }

  /** An address under which this page can show a picture of the text; null when it is not to be had. */
  picture = (cid: string): Promise<string | null> => {
    const known = this.#pictures.get(cid);
    if (known) return known;
    const loaded = this.#loadPicture(cid);
    this.#pictures.set(cid, loaded);
    return loaded;
  };

  async #loadPicture(cid: string): Promise<string | null> {
    const file = this.letter.get().files.find((each) => each.cid === cid);
    if (!file?.blobId) return null;
    const { session } = this.#options;
    const url = downloadUrl(session, this.accountId, file.blobId, { name: file.name, type: file.type, inline: true });
    return fetchBlob(url, file.type).then((blob) => URL.createObjectURL(blob), () => null);
  }

  // -- the draft -----------------------------------------------------------------------------------

  get author(): Identity | null {
    const all = this.identities.get();
    const { identity } = this.letter.get();
    return all.find(({ id }) => id === identity) ?? all[0] ?? null;
  }

  get draftsFolder(): MailboxId | null {
    return byRole(this.account.mailboxes.all(), "drafts")?.id ?? null;
  }

  async #save(): Promise<void> {
    await this.ready;
    await this.#findOut();
    const folder = this.draftsFolder;
    if (!folder) throw new Error("This mailbox has no folder for drafts");
    const letter = this.now();
    const messageId = `${this.#options.makeId()}@${domainOf(this.address)}`;
    try {
      this.draft = await replaceDraft(this.account, creationOf(letter, this.origin, { folder, author: this.author, messageId }), this.draft);
    } catch (error) {
      if (error instanceof Offline) this.#unsure = messageId;
      if (error instanceof DraftRefused && error.hasLostOld) this.draft = null;
      if (!(error instanceof DraftRefused && error.isAboutOriginal && this.origin.answers)) throw error;
      this.origin = { ...this.origin, answers: null, mark: null }; // deleted meanwhile: the headers still tell the thread
      return this.#save();
    }
    await this.#renameFiles(letter.files, this.draft);
    this.#options.onChange(this);
  }

  /** What a saving has done whose answer was lost: its draft is the one to be replaced. */
  async #findOut(): Promise<void> {
    if (this.#unsure === null) return;
    const found = await findByMessageId(this.account, this.#unsure);
    if (found) this.draft = found;
    this.#unsure = null;
  }

  /** Files of a draft go with it when the next one takes its place: from now on they are those of the new one. */
  async #renameFiles(sent: readonly LetterFile[], draft: EmailId): Promise<void> {
    if (sent.every(({ blobId }) => blobId === null)) return;
    const parts = (await loadParts(this.account, draft).catch(() => [])).filter(({ blobId }) => blobId !== null);
    const left = [...parts];
    const named = new Map<string, BlobId>();
    for (const file of sent) {
      const at = left.findIndex((part) => (file.cid === null ? part.cid === null && part.name === file.name : part.cid === file.cid));
      const [found] = at < 0 ? [] : left.splice(at, 1);
      if (found?.blobId && file.blobId) named.set(file.key, found.blobId);
    }
    this.letter.set({ ...this.letter.get(), files: this.letter.get().files.map((each) => ({ ...each, blobId: named.get(each.key) ?? each.blobId })) });
  }

  /** Save nothing more; answers the draft that is at the server, after a saving that is under way. */
  async lastDraft(): Promise<EmailId | null> {
    this.keeper.stop();
    await this.keeper.flush().catch(() => undefined);
    await this.#findOut();
    return this.draft;
  }

  /** Let go of what this page holds for it. */
  dispose(): void {
    this.keeper.stop();
    for (const upload of this.#uploads.values()) upload.stop();
    for (const picture of this.#pictures.values()) void picture.then((url) => { if (url) URL.revokeObjectURL(url); });
  }
}

function domainOf(address: string): string {
  return address.split("@")[1]?.toLowerCase() || "localhost";
}
