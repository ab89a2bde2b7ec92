/**
 * The lists of several accounts as one, newest first, with wide ids. Each account's list is windowed by itself
 * (`list.ts`); here they are merged as far as they are known.
 *
 *     look ──near what is known──> each list loads a little more where it stands
 *       └────far from it──> at which instant is that row? (counted in all accounts) ──> each list loads around it
 *
 * A list that fails, or comes late, holds none of the others up.
 */
import type { EmailId, ThreadId } from "@/jmap";
import type { AccountStore } from "./account";
import type { MessageList } from "./list";
import { comparable, endOf, placesAt, runAround, runFromTop, sum } from "./merging";
import type { Run, Strand } from "./merging";
import type { ListSpec, ListStatus, RowList, RowState } from "./row-list";
import { Listeners, Value } from "./signal";
import { narrowed, widened } from "./wide";
import { PAGE } from "./window";
import type { Range, Slot } from "./window";

export interface MergedPart {
  readonly account: AccountStore;
  readonly list: MessageList;
}

/** As far from what is known the lists are read on; farther away they are looked up. */
const NEAR = 4 * PAGE;
const MOST_GUESSES = 12;

export class MergedList implements RowList {
  readonly status = new Value<ListStatus>({ kind: "loading" });
  readonly spec: ListSpec;
  readonly parts: readonly MergedPart[];
  readonly #listeners = new Listeners();
  #ends: (() => void)[] = [];
  #rows: readonly Slot[] = [];
  #runs: readonly Run[] = [];
  /** The parts' rows that `#rows` was made of. */
  #sources: readonly (readonly Slot[])[] | null = null;
  /** The instant around which rows are known beside those at the top. */
  #anchor: string | null = null;
  #seen: Range = { from: 0, to: PAGE };
  #seeking: Promise<void> | null = null;

  constructor(parts: readonly MergedPart[], spec: Omit<ListSpec, "mailboxId">) {
    this.parts = parts;
    this.spec = { ...spec, mailboxId: null };
    this.#judge();
  }

  rows = (): readonly Slot[] => {
    const sources = this.#sources;
    if (sources === null || this.parts.some(({ list }, at) => list.rows() !== sources[at])) this.#merge();
    return this.#rows;
  };

  subscribe = (listener: () => void): (() => void) => {
    const end = this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#follow();
    return () => {
      end();
      if (this.#listeners.size === 0) for (const each of this.#ends.splice(0)) each();
    };
  };

  get isCounted(): boolean {
    return this.parts.every(({ list }) => list.isCounted);
  }

  look(range: Range): void {
    this.#seen = range;
    this.rows();
    const run = this.#runNear(range);
    if (run) this.#readOn(run, range);
    else void this.#seek();
  }

  async refresh(): Promise<void> {
    await Promise.all(this.parts.map(({ list }) => list.refresh()));
  }

  indexOf(id: string): number {
    const at = this.rows().indexOf(id);
    return at >= 0 || !this.spec.isThreaded ? at : this.#rows.indexOf(this.rowOf(id as EmailId));
  }

  rowOf(id: EmailId): EmailId {
    const mine = this.#partOf(id);
    return mine ? widened(mine.account.id, mine.list.rowOf(mine.id)) : id;
  }

  threadOf(id: string): ThreadId | undefined {
    const mine = this.#partOf(id);
    const thread = mine?.list.threadOf(mine.id);
    return mine && thread !== undefined ? (`${mine.account.id}~${thread}` as ThreadId) : undefined;
  }

  messagesOf(row: EmailId): readonly EmailId[] | null {
    const mine = this.#partOf(row);
    return mine ? (mine.list.messagesOf(mine.id)?.map((id) => widened(mine.account.id, id)) ?? null) : [row];
  }

  async messagesOfAll(rows: readonly EmailId[]): Promise<readonly EmailId[]> {
    const byPart = Map.groupBy(rows.flatMap((row) => this.#partOf(row) ?? []), ({ list }) => list);
    const found = await Promise.all([...byPart].map(async ([list, mine]) => {
      const ids = await list.messagesOfAll(mine.map(({ id }) => id));
      return ids.map((id) => widened((mine[0] as Found).account.id, id));
    }));
    return found.flat();
  }

  /** That a list is wholly meant is found out by each of them. */
  isWholeFolder(): boolean {
    return false;
  }

  needSnippets(rows: readonly Slot[]): void {
    for (const [list, mine] of Map.groupBy(rows.flatMap((row) => this.#partOf(row ?? "") ?? []), ({ list }) => list)) {
      list.needSnippets(mine.map(({ id }) => id));
    }
  }

  leave(): void {
    for (const { list } of this.parts) list.leave();
  }

  async idsBetween(from: number, to: number): Promise<readonly EmailId[]> {
    const known = this.rows().slice(from, to);
    if (!known.includes(null)) return known as EmailId[];
    const [first, last] = [this.#placesAt(from), this.#placesAt(to)];
    const found = await Promise.all(this.parts.map(async ({ account, list }, at) => {
      const ids = await list.idsBetween(first[at] ?? 0, last[at] ?? 0);
      return ids.map((id) => widened(account.id, id));
    }));
    return found.flat();
  }

  async idsWhere(state: RowState): Promise<readonly EmailId[]> {
    const found = await Promise.all(this.parts.map(async ({ account, list }) => (await list.idsWhere(state)).map((id) => widened(account.id, id))));
    return found.flat();
  }

  async positionOf(id: EmailId): Promise<number | null> {
    const known = this.indexOf(id);
    const mine = this.#partOf(id);
    if (known >= 0 || !mine) return known >= 0 ? known : null;
    const position = await mine.list.positionOf(mine.id);
    const instant = position === null ? null : await mine.list.instantAt(position);
    if (instant === null) return null;
    return Math.max(0, sum(await this.#anchorAt(instant)) - 1);
  }

  #partOf(id: string): Found | undefined {
    const wide = narrowed(id);
    const part = wide && this.parts.find(({ account }) => account.id === wide.account);
    return part ? { ...part, id: wide.id } : undefined;
  }

  #follow(): void {
    this.#ends = this.parts.flatMap(({ list }) => [list.subscribe(this.#hear), list.status.subscribe(this.#judge)]);
    this.#judge();
  }

  #hear = (): void => {
    const before = this.#rows;
    if (this.rows() !== before) this.#listeners.tell();
  };

  #judge = (): void => {
    const all = this.parts.map(({ list }) => list.status.get());
    const failed = all.find((status) => status.kind === "failed");
    const isLoading = all.some(({ kind }) => kind === "loading");
    const status: ListStatus = isLoading ? { kind: "loading" } : failed && all.every(({ kind }) => kind === "failed") ? failed : { kind: "ready" };
    if (status.kind !== this.status.get().kind) this.status.set(status);
  };

  #merge(): void {
    const strands = this.parts.map(({ account, list }): Strand => ({
      rows: list.rows(),
      dateOf: (id) => { const email = account.emails.get(id); return email && comparable(email.receivedAt); },
    }));
    this.#sources = strands.map(({ rows }) => rows);
    const top = runFromTop(strands);
    const far = this.#anchor === null ? null : runAround(strands, this.#anchor);
    this.#runs = far && endOf(far) > endOf(top) ? [top, far] : [top];
    const rows = this.#drawn(strands);
    if (rows.length !== this.#rows.length || rows.some((id, at) => id !== this.#rows[at])) this.#rows = rows;
  }

  #drawn(strands: readonly Strand[]): Slot[] {
    const rows = new Array<Slot>(sum(strands.map((each) => each.rows.length))).fill(null);
    for (const run of this.#runs) {
      const places = [...run.from];
      for (const [at, strand] of run.strands.entries()) {
        const place = places[strand] as number;
        places[strand] = place + 1;
        const account = (this.parts[strand] as MergedPart).account.id;
        rows[run.at + at] = widened(account, strands[strand]?.rows[place] as EmailId);
      }
    }
    return rows;
  }

  /** The run that the rows on screen belong to, or come close to. */
  #runNear({ from }: Range): Run | undefined {
    const distance = (run: Run): number => Math.max(run.at - from, from - endOf(run), 0);
    return this.#runs.filter((run) => distance(run) <= NEAR).sort((a, b) => distance(a) - distance(b))[0];
  }

  /** Every list looks at the rows it has on screen, and at as many more as may be missing there. */
  #readOn(run: Run, { from, to }: Range): void {
    const [first, last] = [placesAt(run, from), placesAt(run, to)];
    const above = Math.max(0, run.at - from);
    const below = Math.max(0, to - endOf(run));
    for (const [at, { list }] of this.parts.entries()) {
      list.look({ from: Math.max(0, (first[at] ?? 0) - above), to: (last[at] ?? 0) + below });
    }
  }

  #placesAt(position: number): readonly number[] {
    if (position >= this.#rows.length) return this.parts.map(({ list }) => (position === Infinity ? Infinity : list.rows().length));
    const run = this.#runs.find((each) => each.at <= position && position <= endOf(each)) ?? this.#runs[0];
    return run ? placesAt(run, position) : [];
  }

  /** Find what is on screen now; one search at a time. What can't be asked is asked again at the next look. */
  #seek(): Promise<void> {
    this.#seeking ??= this.#find().catch(() => undefined).finally(() => { this.#seeking = null; });
    return this.#seeking;
  }

  async #find(): Promise<void> {
    for (let sought = -1; sought !== this.#seen.from && !this.#runNear(this.#seen);) {
      sought = this.#seen.from;
      const instant = await this.#instantOf(sought);
      if (instant === null) return;
      await this.#anchorAt(instant);
    }
    const run = this.#runNear(this.#seen);
    if (run) this.#readOn(run, this.#seen);
  }

  /** Every list loads around an instant; answers how many rows of each are as new or newer. */
  async #anchorAt(instant: string): Promise<readonly number[]> {
    const counts = await this.#countSince(instant);
    this.#anchor = instant;
    this.#sources = null;
    await Promise.all(this.parts.map(({ list }, at) => list.load({ from: Math.max(0, (counts[at] ?? 0) - 1), to: (counts[at] ?? 0) + 1 })));
    this.#hear();
    return counts;
  }

  #countSince(instant: string): Promise<readonly number[]> {
    return Promise.all(this.parts.map(({ list }) => list.countSince(instant)));
  }

  /**
   * An instant around which the row stands. Counting at an instant tells exactly where that is in the merged list;
   * from two of them the next guess is drawn (regula falsi, Illinois). Null of an empty list.
   */
  async #instantOf(position: number): Promise<string | null> {
    const ends = await Promise.all(this.parts.flatMap(({ list }) => [list.instantAt(0), list.instantAt(list.rows().length - 1)]));
    const known = ends.flatMap((instant) => (instant === null ? [] : [Date.parse(instant) / 1_000]));
    if (known.length === 0) return null;
    let [newer, older] = [{ at: Math.max(...known), off: -position }, { at: Math.min(...known), off: this.#rows.length - position }];
    let before = 0;
    for (let guess = 0; guess < MOST_GUESSES && newer.at - older.at > 1; guess += 1) {
      const share = newer.off / (newer.off - older.off);
      const at = Math.round(newer.at + (older.at - newer.at) * Math.min(0.98, Math.max(0.02, share)));
      const off = sum(await this.#countSince(instantAt(at))) - position;
      if (Math.abs(off) <= PAGE) return instantAt(at);
      const half = Math.sign(off) === before ? 2 : 1; // the same end twice: the other one is worth less
      if (off < 0) [newer, older] = [{ at, off }, { ...older, off: older.off / half }];
      else [newer, older] = [{ ...newer, off: newer.off / half }, { at, off }];
      before = Math.sign(off);
    }
    return instantAt(Math.round((newer.at + older.at) / 2));
  }
}

type Found = MergedPart & { readonly id: EmailId };

function instantAt(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}
