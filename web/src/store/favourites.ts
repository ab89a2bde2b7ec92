/** The folders that a person wants at hand, over all mailboxes: shown at once as changed, kept by the server. */
import type { Favourite } from "@/api/types";
import type { Transport } from "@/jmap";
import { Value } from "./signal";

export type { Favourite };

export const FAVOURITES_URL = "/api/favourites";

export class Favourites {
  /** In the person's order; null until they are known. */
  readonly all = new Value<readonly Favourite[] | null>(null);
  readonly #transport: Transport;
  /** One after the other: the answers tell the whole order. */
  #last: Promise<unknown> = Promise.resolve();
  #underWay = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Ask the server anew. What fails is asked again with the next line to it. */
  async load(): Promise<void> {
    const found = told(await this.#transport(FAVOURITES_URL));
    if (this.#underWay === 0) this.all.set(found);
  }

  /** Put one in front of `before`, without it to the end. Raises what the server says; then all is as it was. */
  put(one: Favourite, before: Favourite | null): Promise<void> {
    const others = this.#without(one);
    const at = before ? others.findIndex((each) => isSame(each, before)) : -1;
    return this.#change(others.toSpliced(at < 0 ? others.length : at, 0, one), () => this.#transport(urlOf(one), { before }, "PUT"));
  }

  /** Raises as `put`. */
  remove(one: Favourite): Promise<void> {
    return this.#change(this.#without(one), () => this.#transport(urlOf(one), undefined, "DELETE"));
  }

  #without(one: Favourite): readonly Favourite[] {
    return (this.all.get() ?? []).filter((each) => !isSame(each, one));
  }

  async #change(shown: readonly Favourite[], ask: () => Promise<unknown>): Promise<void> {
    const before = this.all.get();
    this.all.set(shown);
    this.#underWay += 1;
    const answer = this.#last.then(ask, ask);
    this.#last = answer.catch(() => undefined);
    try {
      const found = told(await answer);
      this.#underWay -= 1;
      if (this.#underWay === 0) this.all.set(found);
    } catch (error) {
      this.#underWay -= 1;
      this.all.set(before);
      throw error;
    }
  }
}

export function isSame(a: Favourite, b: Favourite): boolean {
  return a.account === b.account && a.folder === b.folder;
}

function urlOf({ account, folder }: Favourite): string {
  return `${FAVOURITES_URL}/${account}/${folder}`;
}

function told(answer: unknown): readonly Favourite[] {
  const list = (answer as { readonly favourites?: unknown } | undefined)?.favourites;
  return Array.isArray(list) ? (list as Favourite[]) : [];
}
