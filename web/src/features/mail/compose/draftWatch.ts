/**
 * Keeps an eye on the draft of a letter that lies on the desk: told by the server that it has changed
 * or gone, it looks what has become of it.
 */
import type { EmailId } from "@/jmap";
import { Busy, Offline } from "@/jmap";
import type { AccountStore, EmailNews, Traces } from "@/store";
import { Value, byRole, loadTraces } from "@/store";
import type { After } from "@/lib/after";
import type { Fate, Headed } from "./fate";
import { fateAfterAll, fateOf, staysSaid } from "./fate";

/** The letter, as far as its draft is concerned. */
export interface Watched {
  readonly account: AccountStore;
  readonly draft: EmailId | null;
  readonly lineage: readonly string[];
  /** As its draft says it. */
  readonly saved: Headed;
  /** None of its messages came earlier. */
  readonly since: Date;
  /** The draft lies in the trash, and is written on all the same. */
  readonly wasInTrash: boolean;
  /** Resolves when no saving is under way and it is known which draft is the last. */
  settled(): Promise<void>;
  /** The other version says what was saved last: it is the draft from now on. */
  takesFor(id: EmailId): Promise<boolean>;
  /** Told before `fate` says it. */
  found(fate: Fate | null, traces: Traces): void;
  /** Nothing speaks against saving any more. */
  released(): void;
}

/** What was sent is seen a moment after its draft has gone. */
const PATIENCE_MS = [2_000, 4_000, 8_000];

export class DraftWatch {
  readonly fate = new Value<Fate | null>(null);
  /** What became of it is being asked, and nothing is saved before. */
  isAwaited = false;
  readonly #letter: Watched;
  readonly #after: After;
  readonly #end: () => void;
  #looking: Promise<Fate | null> = Promise.resolve(null);
  #looks = 0;
  /** A saving has found the draft gone. */
  #isMissed = false;
  #cancel: () => void = () => undefined;
  #isOver = false;

  constructor(letter: Watched, after: After) {
    this.#letter = letter;
    this.#after = after;
    this.#end = letter.account.watchEmails((news) => { this.#heard(news); });
  }

  stop(): void {
    this.#isOver = true;
    this.#end();
    this.#cancel();
  }

  /** Look now. Throws Offline, and what else keeps the server from telling. */
  look(isWhole = true): Promise<Fate | null> {
    this.#looking = this.#looking.catch(() => null).then(() => this.#look(isWhole));
    return this.#looking;
  }

  /** Resolves when nothing is being looked at. */
  async looked(): Promise<void> {
    await this.#looking.catch(() => null);
  }

  /** It has a new draft, but the old one was not there to make place. */
  missed(): void {
    this.#isMissed = true;
    this.#lookSoon();
  }

  /** A person has decided, or it is dealt with. */
  forget(): void {
    this.#cancel();
    this.#isMissed = false;
    this.#looks = 0;
    this.fate.set(null);
  }

  #heard(news: EmailNews | null): void {
    const { draft } = this.#letter;
    const fate = this.fate.get();
    const mine = [draft, fate && "id" in fate ? fate.id : null].filter((id) => id !== null);
    if (news === null || fate?.kind === "gone") this.#lookSoon(fate !== null);
    else if (mine.some((id) => news.destroyed.includes(id))) this.#lookSoon();
    else if (mine.some((id) => news.updated.includes(id))) this.#lookSoon(fate !== null);
  }

  #lookSoon(isWhole = true): void {
    this.look(isWhole).catch((error: unknown) => {
      if (!(error instanceof Offline || error instanceof Busy)) this.#letter.account.problem.set(error); // looked for again with the next news, and before it is sent
    });
  }

  async #look(isWhole: boolean): Promise<Fate | null> {
    const { account, lineage, since } = this.#letter;
    await this.#letter.settled();
    if (this.#isOver) return null;
    const { draft } = this.#letter;
    const traces = await loadTraces(account, draft, isWhole && lineage.length > 0 ? { names: lineage, since } : null);
    if (this.#letter.draft !== draft) return this.#look(isWhole); // saved meanwhile
    if (!isWhole && draft && !traces.draft) return this.#look(true);
    const fate = await this.#judged(traces, draft);
    this.#decide(fate, traces);
    return this.fate.get();
  }

  async #judged(traces: Traces, draft: EmailId | null): Promise<Fate | null> {
    const folders = this.#letter.account.mailboxes.all();
    const places = { sent: byRole(folders, "sent")?.id, trash: byRole(folders, "trash")?.id, wasInTrash: this.#letter.wasInTrash };
    const fate = fateOf(traces, this.#letter.saved, draft !== null, places);
    if (fate?.kind === "edited" && !traces.draft && await this.#letter.takesFor(fate.id)) return null;
    if (fate) return fate;
    return this.#isMissed ? { kind: "gone" } : null;
  }

  #decide(found: Fate | null, traces: Traces): void {
    if (this.#isOver) return;
    const isPatient = this.#looks < PATIENCE_MS.length;
    const fate = found?.kind === "gone" && !isPatient ? fateAfterAll(traces) : found;
    this.#cancel();
    if (fate?.kind === "gone") this.#cancel = this.#after(PATIENCE_MS[this.#looks++] ?? 0, () => { this.#lookSoon(); });
    else [this.#looks, this.#isMissed] = [0, false];
    if (fate === null && staysSaid(this.fate.get())) return;
    this.#letter.found(fate, traces);
    if (JSON.stringify(fate) !== JSON.stringify(this.fate.get())) this.fate.set(fate);
    if (fate === null || fate.kind === "deleted") this.#letter.released();
  }
}
