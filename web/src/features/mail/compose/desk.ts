/**
 * The letters a person writes at the moment, over all mailboxes; they stay while pages change.
 *
 *     write · answer · open a draft ──> Composer on the desk ──> closed · sent · discarded
 */
import type { Email, EmailId, Keyword, Session, SubmissionId, Transport } from "@/jmap";
import { Offline, SetFailed, startUpload } from "@/jmap";
import { session } from "@/session";
import type { AccountStore, MailStore, StoredMessage } from "@/store";
import {
  Value, byRole, findByMessageId, liesIn, loadDraft, loadIdentities, loadMessageId, loadReferences, moveEmails,
} from "@/store";
import { isForSize } from "../state/noticeWords";
import { lineIsBack, watchAccess } from "./access";
import { Composer } from "./composer";
import { Copies, claim } from "./copies";
import type { Copy } from "./copies";
import type { Fate } from "./fate";
import { KeptGroups } from "./keptGroups";
import type { Letter, Origin } from "./letter";
import { EMPTY, NO_ORIGIN, originOf } from "./letter";
import { RefusedDrafts } from "./refusedDrafts";
import type { Submitted, Wait } from "./sending";
import { NotStopped, SendingStopped, cancel, outcomeOf, submit } from "./sending";
import { learnRefused, learnSent, sizeOf } from "./size";
import { letterOf, originOfDraft, randomId } from "./stored";

const COPY_MS = 400;
/** A copy of a letter is kept for so long, and its draft may be as old. */
const LONGEST_KNOWN_MS = 30 * 86_400_000;
const CLOCKS_DIFFER_MS = 2 * 86_400_000;

export class Desk {
  readonly composers = new Value<readonly Composer[]>([]);
  /** The one that has, or had last, the keyboard. */
  readonly front = new Value<string | null>(null);
  /** Why Microsoft has not taken drafts, by account and draft: as true when a letter is opened again, whoever has understood it meanwhile. */
  readonly refused: RefusedDrafts;
  readonly copies: Copies;
  readonly #groups: KeptGroups;
  readonly #store: MailStore;
  readonly #claims = new Map<string, () => void>();
  readonly #copyTimers = new Map<string, () => void>();
  /** A letter's sending that has not ended, and which one is wanted. */
  readonly #sendings = new WeakMap<Composer, Promise<Submitted>>();
  readonly #turns = new WeakMap<Composer, symbol>();

  constructor(store: MailStore, userId: string) {
    this.#store = store;
    this.copies = new Copies(userId);
    this.#groups = new KeptGroups(userId);
    this.refused = new RefusedDrafts(userId);
    watchAccess(store.assigned, this.composers);
    store.line.subscribe(() => { if (store.line.get() === "online") for (const each of this.composers.get()) lineIsBack(each); });
    session.subscribe(() => { if (session.get()?.user?.id !== userId) this.#end(); });
    session.savedBy(() => this.saveAll());
    window.addEventListener("pagehide", () => { for (const each of this.composers.get()) this.#copy(each); });
  }

  /** Whether there are several mailboxes that a letter may be of: then it says which it is. */
  get isOfSeveral(): boolean {
    return (this.#store.assigned.get() ?? []).length > 1;
  }

  get transport(): Transport {
    return this.#store.transport;
  }

  /** Begin a letter. Nothing is stored before something is written. */
  write(account: AccountStore, address: string, start: Partial<Start> = {}): Composer | null {
    const place = this.#store.session.get();
    if (!place) return null;
    const composer = this.#put(place, account, address, { ...NOTHING, ...start });
    this.bringForward(composer);
    return composer;
  }

  /** Begin an answer or a forward; its headers are fetched while it is written. */
  answer(account: AccountStore, address: string, email: Email, isForward: boolean, letter: Letter): Composer | null {
    const composer = this.write(account, address, { letter, origin: originOf(email.id, isForward, null, []) });
    if (!composer) return null;
    composer.ready = loadMessageId(account, email.id).then((messageId) => {
      composer.origin = originOf(email.id, isForward, messageId, []);
      loadReferences(account, email.id).then((references) => { composer.origin = originOf(email.id, isForward, messageId, references); }, () => undefined);
    }, () => undefined); // without it the server finds the thread by what is answered
    return composer;
  }

  /** Write on a stored draft. One that is open already comes to the front. */
  open(account: AccountStore, address: string, stored: StoredMessage): Composer | null {
    const open = this.composers.get().find((each) => each.draft === stored.id && each.accountId === account.id);
    if (open) { this.bringForward(open); return open; }
    const composer = this.write(account, address, {
      letter: this.#groups.restored(letterOf(stored)), origin: originOfDraft(stored), draft: stored.id, savedAt: new Date(stored.receivedAt), sender: stored.from?.[0]?.email ?? null,
      wasInTrash: liesIn(stored, byRole(account.mailboxes.all(), "trash")?.id),
    });
    if (composer) composer.ready = this.#findAnswered(composer);
    return composer;
  }

  /** A draft knows what it answers by Message-ID alone. */
  async #findAnswered(composer: Composer): Promise<void> {
    const { inReplyTo, references } = composer.origin;
    const messageId = inReplyTo[0] ?? references.at(-1);
    if (!messageId) return;
    const answers = await findByMessageId(composer.account, messageId).catch(() => null);
    if (answers) composer.origin = { ...composer.origin, answers, mark: inReplyTo.length > 0 ? "$answered" : "$forwarded" };
  }

  /** Write on what a crash left behind; the copy stays until the letter is at the server. False: it can't be now. */
  recover(account: AccountStore, address: string, { key, letter, origin, draft }: Copy): boolean {
    const composer = this.write(account, address, { key, letter: { ...EMPTY, ...letter }, origin, draft });
    if (!composer) return false;
    composer.watch.isAwaited = draft !== null; // it may have been sent meanwhile
    composer.touched();
    if (draft) void composer.watch.look().catch(() => undefined).finally(() => { composer.watch.isAwaited = false; composer.keeper.release(); });
    return true;
  }

  /** Its writer wants to log out. False: not everything is saved, or is on its way out still. */
  async saveAll(): Promise<boolean> {
    const written = this.composers.get().filter((each) => each.draft !== null || each.hasContent);
    const isSaved = async (composer: Composer): Promise<boolean> => {
      if (composer.isSending.get() || composer.isUploading) return false;
      return composer.keeper.flush().then(() => true, () => false);
    };
    return (await Promise.all(written.map(isSaved))).every(Boolean);
  }

  /** The login has ended: what is not saved stays in this browser, and is offered when its writer is back. */
  #end(): void {
    const all = this.composers.get();
    for (const each of all) this.#copy(each);
    if (all.some((each) => each.draft !== null || each.hasContent)) session.noteKept();
    this.composers.set([]);
    for (const each of all) {
      each.dispose();
      this.#copyTimers.get(each.key)?.();
      this.#claims.get(each.key)?.();
    }
  }

  bringForward(composer: Composer): void {
    if (composer.shape.get() === "small") composer.shape.set("panel");
    this.front.set(composer.key);
  }

  /** Write on what somebody else has made of the draft; what stands here is kept as a draft of its own. */
  async takeOver(composer: Composer, other: EmailId): Promise<void> {
    const { account, address } = composer;
    const stored = await loadDraft(account, other);
    if (!composer.keeper.isSafe || !composer.draft) {
      composer.startOver();
      await composer.keeper.flush();
    }
    const shape = composer.shape.get();
    this.drop(composer);
    this.open(account, address, stored)?.shape.set(shape);
  }

  /** Take it from the desk as it is; what is not saved is lost. */
  drop(composer: Composer): void {
    this.#remove(composer);
  }

  /** Save what is not saved, then put it away; it stays when it can't be saved. */
  async close(composer: Composer): Promise<void> {
    if (composer.isUploading) composer.shape.set("small");
    await composer.filesArrived();
    if (!composer.keeper.isSafe && (composer.draft || composer.hasContent)) await composer.keeper.flush();
    this.#groups.put(composer.letter.get());
    this.#remove(composer);
  }

  /**
   * Throw it away: its draft goes to the trash, so that its files can come back too. The answer brings it back.
   * Where it can't be thrown away it is back at once; throws what kept it.
   */
  async discard(composer: Composer): Promise<() => void> {
    const letter = composer.now();
    const { account, address, origin } = composer;
    this.#remove(composer);
    this.#groups.drop(letter);
    const bringBack = (isBack: Promise<unknown> = Promise.resolve()): void => {
      const again = this.write(account, address, { letter, origin, draft: composer.draft });
      // Looked at on its way back it would be taken for deleted, and a second draft be made.
      if (again) again.ready = isBack.then(() => undefined, () => undefined);
      again?.touched();
    };
    try {
      const draft = await composer.lastDraft();
      const trash = byRole(account.mailboxes.all(), "trash");
      if (!draft || !trash) return bringBack;
      const deed = moveEmails(account, [draft], trash.id);
      await deed.done;
      return () => { bringBack(deed.reverse().done); };
    } catch (error) {
      bringBack();
      throw error;
    }
  }

  /**
   * Submit it. The letter leaves the desk; it comes back by `takeBack`, or when sending fails.
   * Throws DealtWith when somebody else has had its draft in hands: then a person decides; SendingStopped and NotStopped.
   */
  async send(composer: Composer, at: Date | null): Promise<Submitted> {
    const before = this.#sendings.get(composer);
    composer.isSending.set(true);
    composer.trouble.set(null);
    const turn = Symbol();
    this.#turns.set(composer, turn);
    const isWanted = (): boolean => this.#turns.get(composer) === turn;
    const sending = this.#after(before).then(() => this.#send(composer, at, isWanted));
    this.#sendings.set(composer, sending);
    try {
      return await sending;
    } finally {
      if (isWanted()) composer.isSending.set(false);
      if (this.#sendings.get(composer) === sending) this.#sendings.delete(composer);
    }
  }

  /** One that was stopped, and is asked about still, ends first. If it went all the same, its writer decides again. */
  async #after(before: Promise<Submitted> | undefined): Promise<void> {
    const [ended] = await Promise.allSettled([before]);
    if (ended.status === "rejected" && ended.reason instanceof SendingStopped && ended.reason.isSent) throw ended.reason;
  }

  /** Don't send what is on its way, or is asked about still; what came of that is told by `send`. */
  stop(composer: Composer): void {
    this.#turns.delete(composer);
    composer.isSending.set(false);
    composer.trouble.set({ kind: "stopping" });
  }

  async #send(composer: Composer, at: Date | null, isWanted: () => boolean): Promise<Submitted> {
    if (!(await composer.filesArrived())) throw new FileMissing();
    const wasDeleted = composer.watch.fate.get()?.kind === "deleted"; // so its writer knows
    refuseIfDealtWith(await composer.watch.look().catch(whileOffline), wasDeleted);
    const submitted = await this.#submitted(composer, at, isWanted);
    if (!isWanted()) throw await this.#stopped(composer, submitted);
    this.#remove(composer);
    if (at === null) this.#groups.drop(composer.letter.get()); // later it may be opened in the drafts
    return submitted;
  }

  /** What somebody has stopped is taken back. Where it was too late it goes, and what was written since stays here. */
  async #stopped(composer: Composer, submitted: Submitted): Promise<SendingStopped> {
    const isBack = await cancel(composer.account, submitted, this.#wait).catch((error: unknown) => { throw new NotStopped(error); });
    if (!isBack && composer.keeper.isSafe) this.#remove(composer);
    else if (!isBack) composer.startOver();
    return new SendingStopped(!isBack);
  }

  async #submitted(composer: Composer, at: Date | null, isWanted: () => boolean): Promise<Submitted> {
    try {
      return await this.#submit(composer, at, isWanted);
    } catch (error) {
      if (!(error instanceof SetFailed)) throw error;
      refuseIfDealtWith(await composer.watch.look().catch(whileOffline), false);
      if (![...error.refused.values()].some(({ type }) => type === "invalidEmail")) throw error;
      composer.keeper.touched(); // another program has left it without a name of its own: saved once more it has one
      return this.#submit(composer, at, isWanted);
    }
  }

  async #submit(composer: Composer, at: Date | null, isWanted: () => boolean): Promise<Submitted> {
    if (!composer.draft) composer.keeper.touched();
    await composer.keeper.flush();
    await composer.watch.looked();
    refuseIfDealtWith(composer.watch.fate.get(), true);
    const { author, draft, origin } = composer;
    if (!author || !draft) throw new Error("There is no sender address");
    const sending = { draft, identity: author.id, at, marks: marksOf(origin) };
    if (!isWanted()) throw new SendingStopped(false);
    return submit(composer.account, sending, this.#wait, isWanted);
  }

  /** Don't send it after all: the letter is back. Waits as long as nobody answers. False: it was too late. */
  async takeBack(composer: Composer, submission: SubmissionId): Promise<boolean> {
    const isBack = await cancel(composer.account, { id: submission }, this.#wait);
    if (isBack) this.#bringBack(composer);
    return isBack;
  }

  /** Look what became of it; what failed is back on the desk with the reason. */
  async follow(composer: Composer, submitted: Submitted, untilMs: number): Promise<void> {
    await this.#wait(untilMs);
    const outcome = await outcomeOf(composer.account, submitted, this.#wait);
    if (outcome?.["poststelle:state"] === "final") learnSent(composer.accountId, sizeOf(composer.letter.get()));
    if (outcome?.["poststelle:state"] !== "failed") return;
    const problem = outcome["poststelle:problem"] ?? "failed";
    if (problem === "unknown") return; // it may have been sent: the notice says so, and a second letter would be worse
    const back = this.#bringBack(composer);
    const detail = outcome["poststelle:problemDetail"];
    if (back && isForSize(detail)) learnRefused(back.accountId, sizeOf(back.letter.get()));
    back?.trouble.set({ kind: "failed", problem, detail });
  }

  #bringBack({ account, address, letter, origin, draft }: Composer): Composer | null {
    const open = this.composers.get().find((each) => draft !== null && each.draft === draft && each.accountId === account.id);
    if (open) { this.bringForward(open); return open; }
    return this.write(account, address, { letter: letter.get(), origin, draft, savedAt: new Date() });
  }

  readonly #wait: Wait = (ms) => new Promise((resolve) => { after(ms, resolve); });

  #put(place: Session, account: AccountStore, address: string, { key, letter, origin, draft, savedAt, sender, wasInTrash }: Start): Composer {
    const since = new Date(Math.min(Date.now() - LONGEST_KNOWN_MS, savedAt?.getTime() ?? Infinity) - CLOCKS_DIFFER_MS);
    const composer = new Composer({
      key: key ?? randomId(), account, session: place, address, letter, origin, draft, since, wasInTrash, after, now: () => new Date(), startUpload, makeId: randomId,
      onChange: (changed) => { this.#changed(changed); },
    });
    if (savedAt) composer.keeper.wasSaved(savedAt);
    this.#claims.set(composer.key, claim(composer.key));
    this.composers.set([...this.composers.get(), composer]);
    this.identify(composer, sender);
    return composer;
  }

  /** Ask which addresses a letter may be from; `sender` is the one it was from. */
  identify(composer: Composer, sender: string | null = null): void {
    identitiesOf(composer.account).then((all) => {
      composer.identities.set(all);
      const chosen = sender ? all.find(({ email }) => email.toLowerCase() === sender.toLowerCase()) : undefined;
      if (chosen) composer.letter.set({ ...composer.letter.get(), identity: chosen.id });
    }, () => undefined); // asked again when it is to be sent
  }

  #remove(composer: Composer): void {
    composer.hold(null);
    composer.dispose();
    this.#copyTimers.get(composer.key)?.();
    this.copies.drop(composer.key);
    this.#claims.get(composer.key)?.();
    this.#claims.delete(composer.key);
    const left = this.composers.get().filter((each) => each !== composer);
    this.composers.set(left);
    if (this.front.get() === composer.key) this.front.set(left.findLast((each) => each.shape.get() !== "small")?.key ?? null);
  }

  /** Keep a copy a moment later, or let it go when the server has everything. */
  #changed(composer: Composer): void {
    this.#copyTimers.get(composer.key)?.();
    this.#copyTimers.set(composer.key, after(COPY_MS, () => { this.#copy(composer); }));
  }

  #copy(composer: Composer): void {
    if (!this.composers.get().includes(composer)) return;
    this.#groups.put(composer.letter.get());
    if (composer.keeper.isSafe || !composer.hasContent) { this.copies.drop(composer.key); return; }
    const { key, accountId, draft, origin } = composer;
    this.copies.put({ key, account: accountId, draft, origin, letter: composer.now(), at: new Date().toISOString() });
  }
}

/** A file of a letter could not be brought to the server. */
export class FileMissing extends Error {
  override readonly name = "FileMissing";
}

/** Others have done something with the draft that its writer should know before it is sent. */
export class DealtWith extends Error {
  override readonly name = "DealtWith";
}

function refuseIfDealtWith(fate: Fate | null, wasDeleted: boolean): void {
  if (fate && !(fate.kind === "deleted" && wasDeleted)) throw new DealtWith(fate.kind);
}

/** Without a line nobody can look, and nothing can be saved or sent either. */
function whileOffline(error: unknown): null {
  if (error instanceof Offline) return null;
  throw error;
}

function marksOf({ answers, mark }: Origin): Readonly<Record<EmailId, Keyword>> | null {
  return answers && mark ? { [answers]: mark } as Record<EmailId, Keyword> : null;
}

interface Start {
  readonly key: string | null;
  readonly letter: Letter;
  readonly origin: Origin;
  readonly draft: EmailId | null;
  readonly savedAt: Date | null;
  /** The address it was from when it was stored. */
  readonly sender: string | null;
  readonly wasInTrash: boolean;
}

const NOTHING: Start = { key: null, letter: EMPTY, origin: NO_ORIGIN, draft: null, savedAt: null, sender: null, wasInTrash: false };

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => { clearTimeout(timer); };
}

const identities = new WeakMap<AccountStore, ReturnType<typeof loadIdentities>>();

/** Asked once for each mailbox; a failed answer is not remembered. */
export function identitiesOf(account: AccountStore): ReturnType<typeof loadIdentities> {
  const known = identities.get(account) ?? loadIdentities(account);
  identities.set(account, known);
  known.catch(() => { identities.delete(account); });
  return known;
}

const desks = new WeakMap<MailStore, Desk>();

/** The desk of the person who is logged in: one for each store. */
export function deskOf(store: MailStore, userId: string): Desk {
  const desk = desks.get(store) ?? new Desk(store, userId);
  desks.set(store, desk);
  return desk;
}
