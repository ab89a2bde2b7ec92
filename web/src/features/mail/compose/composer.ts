/**
 * One letter that is being written: what it says, where its draft is, how its files come along.
 *
 * Knows no page. The editor, while it is on screen, holds the text; `readBody` asks it.
 */
import type { BroughtFile, KeptFile } from "@/api";
import type { AccountId, BlobId, EmailId, Identity, MailboxId, Session, StartUpload, Upload } from "@/jmap";
import { Busy, Stopped, mostTaken, uploadUrl } from "@/jmap";
import type { AccountStore, Traces } from "@/store";
import { DraftRefused, Value, byRole, findByMessageId, liesIn, loadDraft, loadParts, replaceDraft } from "@/store";
import type { After } from "@/lib/after";
import type { Ended } from "./access";
import type { Watched } from "./draftWatch";
import { DraftWatch } from "./draftWatch";
import type { EditorHandle, TextHolder } from "./editor/holder";
import type { Fate } from "./fate";
import { holdsSaving } from "./fate";
import { FileWait } from "./fileWait";
import { Keeper } from "./keeper";
import type { Letter, LetterFile, Origin } from "./letter";
import { cloudFiles, creationOf, domainOf, hasContent, isSameLetter, totalSize } from "./letter";
import { FilesLost, lostFiles, namedBy } from "./parts";
import { isPassing } from "./passing";
import type { Insertion } from "./pictures";
import { Pictures } from "./pictures";
import type { Signed } from "./signature";
import { signedHtml, signedText } from "./signature";
import { letterOf } from "./stored";
import type { Coming, Trouble } from "./trouble";
import { staysSaid } from "./trouble";

export type Shape = "panel" | "page" | "small";

export interface ComposerOptions {
  readonly key: string;
  readonly account: AccountStore;
  readonly session: Session;
  readonly address: string;
  readonly letter: Letter;
  readonly origin: Origin;
  readonly draft: EmailId | null;
  readonly since: Date;
  readonly wasInTrash: boolean;
  readonly after: After;
  readonly now: () => Date;
  readonly startUpload: StartUpload;
  readonly makeId: () => string;
  /** Called after each change, and when everything is safe at the server. */
  readonly onChange: (composer: Composer) => void;
}

export class Composer implements TextHolder, Watched {
  readonly key: string;
  readonly account: AccountStore;
  readonly address: string;
  readonly since: Date;
  readonly wasInTrash: boolean;
  readonly keeper: Keeper;
  readonly watch: DraftWatch;
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
  /** The letter as its draft says it. */
  saved: Letter;
  /** The headers of what it answers are known, and its draft is where it belongs. */
  ready: Promise<void> = Promise.resolve();
  readonly #options: ComposerOptions;
  readonly #uploads = new Map<string, Upload>();
  /** Files on their way, until they are here, have failed or were taken away. */
  readonly #bringing = new Map<string, Promise<void>>();
  readonly #contents = new Map<string, Blob>();
  /** Files that the server keeps elsewhere, by how they become this letter's. */
  readonly #kept = new Map<string, () => Promise<BlobId>>();
  readonly #pictures: Pictures;
  #fileWait: FileWait | null = null;
  #editor: EditorHandle | null = null;
  #insertPlain: ((text: string) => void) | null = null;
  /** What changes now is no writing: the letter begins so. */
  #isBeginning = false;
  /** Pictures that came with the letter's beginning: bringing them is no writing. */
  readonly #quiet = new Set<string>();
  /** The Message-ID of a saving whose answer was lost. */
  #unsure: string | null = null;
  /** What somebody else has made of the draft: the files that went with it lie there too. */
  #kin: EmailId | null = null;
  /** Drafts of this letter whose place another one has taken: what is told of them is over. */
  readonly replaced = new Set<EmailId>();

  constructor(options: ComposerOptions) {
    this.#options = options;
    this.key = options.key;
    this.account = options.account;
    this.address = options.address;
    this.since = options.since;
    this.wasInTrash = options.wasInTrash;
    this.letter = new Value({ ...options.letter, lineage: options.letter.lineage.length > 0 ? options.letter.lineage : [options.makeId()] });
    this.saved = this.letter.get();
    this.origin = options.origin;
    this.#pictures = new Pictures(options.session, options.account.id);
    this.draft = options.draft;
    this.keeper = new Keeper({ save: () => this.#save(), after: options.after, now: options.now, isHeld: () => this.isHeld });
    this.watch = new DraftWatch(this, options.after);
    this.coming.set(lostFiles(options.letter.files));
    if (this.letter.get().awaitsFiles) this.#fileWait = new FileWait(this, options.after);
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
    if (!staysSaid(this.trouble.get())) this.trouble.set(null);
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
      if (this.#addFile(file, cid, isQuiet)) this.#pictures.put(cid, file);
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
    const most = mostTaken(this.session, this.accountId);
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
        this.#kept.delete(file.key); // while the contents stay: the draft may go, and take its files along
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
  picture = (cid: string): Promise<string | null> => this.#pictures.of(cid, () => this.letter.get().files.find((each) => each.cid === cid));

  // -- the draft -----------------------------------------------------------------------------------

  get author(): Identity | null {
    const all = this.identities.get();
    const { identity } = this.letter.get();
    return all.find(({ id }) => id === identity) ?? all[0] ?? null;
  }

  get draftsFolder(): MailboxId | null {
    return byRole(this.account.mailboxes.all(), "drafts")?.id ?? null;
  }

  /** Nothing may take the draft's place before a person has decided, or more is known of it. */
  get isHeld(): boolean {
    const letter = this.letter.get();
    return this.watch.isAwaited || holdsSaving(this.watch.fate.get()) || letter.awaitsFiles || (this.draft !== null && cloudFiles(letter).length > 0);
  }

  async #save(): Promise<void> {
    await this.ready;
    await this.#findOut();
    const [folder, letter] = [this.draftsFolder, this.now()];
    if (!folder) throw new Error("This mailbox has no folder for drafts");
    const messageId = `${letter.lineage[0] ?? ""}.${this.#options.makeId()}@${domainOf(this.address)}`;
    try {
      const { draft, isApart } = await replaceDraft(this.account, creationOf(letter, this.origin, { folder, author: this.author, messageId }), this.draft);
      if (this.draft && !isApart) this.replaced.add(this.draft);
      this.draft = draft;
      if (isApart) this.watch.missed();
    } catch (error) {
      if (isPassing(error)) this.#unsure = messageId;
      if (error instanceof DraftRefused && error.hasLostOld) this.draft = null;
      if (await this.#isMended(error)) return this.#save();
      throw error;
    }
    this.saved = letter;
    if (this.watch.fate.get()?.kind === "deleted") this.watch.forget();
    await this.#renameFiles(letter.files, this.draft);
    this.#options.onChange(this);
  }

  /** What the server has refused can be tried again. */
  async #isMended(error: unknown): Promise<boolean> {
    if (!(error instanceof DraftRefused)) return false;
    if (error.isAboutOriginal && this.origin.answers) {
      this.origin = { ...this.origin, answers: null, mark: null }; // deleted meanwhile: the headers still tell the thread
      return true;
    }
    return error.lostBlobs.length > 0 && await this.#findFilesAgain(new Set(error.lostBlobs));
  }

  // -- what others do with it ----------------------------------------------------------------------

  get lineage(): readonly string[] {
    return this.letter.get().lineage;
  }

  async settled(): Promise<void> {
    await this.ready.then(() => this.keeper.settled());
    await this.#findOut();
  }

  released(): void {
    this.keeper.release();
  }

  found(fate: Fate | null, { draft }: Traces): void {
    if (fate && "id" in fate) this.#kin = fate.id;
    const trash = byRole(this.account.mailboxes.all(), "trash")?.id;
    const isOurs = draft?.keywords["$draft"] === true && !(fate?.kind === "deleted" && liesIn(draft, trash));
    if (fate && fate.kind !== "gone" && fate.kind !== "leaving" && !isOurs) this.draft = null;
    this.#options.onChange(this);
  }

  /** A draft with the same words under another id: nobody has written in it. */
  async takesFor(id: EmailId): Promise<boolean> {
    const stored = await loadDraft(this.account, id);
    if (!isSameLetter(letterOf(stored), this.saved)) return false;
    this.draft = id;
    await this.#renameFiles(this.letter.get().files, id);
    return true;
  }

  /** Go on with this text as a letter of its own: what became of its draft elsewhere stays as it is. */
  startOver(): void {
    const fate = this.watch.fate.get();
    if (fate === null || fate.kind === "gone" || (fate.kind === "leaving" && fate.id === this.draft)) this.draft = null;
    const { files, ...letter } = this.letter.get();
    this.letter.set({ ...letter, files: files.filter(({ isCloud }) => !isCloud), awaitsFiles: false, lineage: [this.#options.makeId()] });
    this.#fileWait?.stop();
    this.watch.forget();
    this.touched();
  }

  /** Its draft shall be replaced without the files in the cloud. */
  leaveCloud(): void {
    this.#setFiles((files) => files.filter(({ isCloud }) => !isCloud));
  }

  /** The draft's files are known now. */
  takeFiles(files: readonly LetterFile[]): void {
    const letter = this.letter.get();
    this.letter.set({ ...letter, files: [...files, ...letter.files], awaitsFiles: false });
    this.saved = { ...this.saved, files, awaitsFiles: false };
    this.#options.onChange(this);
    this.keeper.release();
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
    const parts = await loadParts(this.account, draft).catch(() => []);
    this.#name(namedBy(parts, sent));
  }

  #name(blobs: ReadonlyMap<string, BlobId | null>): void {
    const { files, ...letter } = this.letter.get();
    this.letter.set({ ...letter, files: files.map((each) => ({ ...each, blobId: blobs.has(each.key) ? (blobs.get(each.key) ?? null) : each.blobId })) });
  }

  /**
   * Files that have gone with a draft that went elsewhere: brought again where this page holds them, else those of the
   * same name and size where the draft is now. False when one is lost; it is named then.
   */
  async #findFilesAgain(blobs: ReadonlySet<string>): Promise<boolean> {
    const lost = this.letter.get().files.filter(({ blobId }) => blobId !== null && blobs.has(blobId));
    const isHere = ({ key }: LetterFile): boolean => this.#contents.has(key);
    const parts = this.#kin && !lost.every(isHere) ? await loadParts(this.account, this.#kin).catch(() => []) : [];
    const found = namedBy(parts, lost.filter((each) => !isHere(each)), true);
    const unknown = lost.filter((each) => !isHere(each) && !found.has(each.key));
    this.#name(new Map([...found, ...lost.filter(isHere).map(({ key }) => [key, null] as const)]));
    for (const each of lost.filter(isHere)) this.#bring(each);
    if (!(await this.filesArrived())) return false;
    if (unknown.length > 0) throw new FilesLost(unknown.map(({ name }) => name));
    return lost.length > 0;
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
    this.watch.stop();
    this.#fileWait?.stop();
    for (const upload of this.#uploads.values()) upload.stop();
    this.#pictures.dispose();
  }
}
