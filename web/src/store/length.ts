/** How long a list is, where that is counted beside its rows: among a million messages that takes the server seconds. */
import { PAGE } from "./window";

/** What is told of some rows; `total` only where it was asked for. */
interface Told {
  readonly position: number;
  readonly ids: readonly unknown[];
  readonly total?: number;
}

export class Length {
  readonly #ask: () => Promise<Told>;
  readonly #tell: (total: number) => void;
  #total: number | null = null;
  #isCounting = false;
  #isAsked = false;
  /** Raised when the end was seen: what was counted before that says less. */
  #turn = 0;

  /** `ask` has it counted, `tell` hears how long it is. */
  constructor(ask: () => Promise<Told>, tell: (total: number) => void) {
    this.#ask = ask;
    this.#tell = tell;
  }

  /** There may be more rows than are known otherwise. */
  get isKnown(): boolean {
    return this.#total !== null;
  }

  /** By an answer of up to `limit` rows. While nobody has counted, a page longer than what is known: `atLeast` rows. */
  by({ position, ids, total }: Told, limit: number, atLeast: number): number {
    const end = position + ids.length;
    if (total === undefined && ids.length < limit) this.#turn += 1;
    if (total !== undefined || ids.length < limit) this.#total = total ?? end;
    return this.#total === null ? Math.max(end + PAGE, atLeast) : Math.max(end, this.#total);
  }

  /** One at a time: what changes meanwhile is counted anew. Where that fails, the list is read on page by page. */
  async count(): Promise<void> {
    this.#isAsked = true;
    if (this.#isCounting) return;
    this.#isCounting = true;
    while (this.#isAsked) {
      this.#isAsked = false;
      const turn = this.#turn;
      const { total } = await this.#ask().catch(() => ({ total: undefined }));
      if (total === undefined || turn !== this.#turn) continue;
      this.#total = total;
      this.#tell(total);
    }
    this.#isCounting = false;
  }
}
