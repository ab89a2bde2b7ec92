import { api, type PictureSender } from "@/api";
import { Value } from "@/lib/value";
import { session } from "./session";

/** Only what is asked here: the rest of the server's interface is no business of it. */
interface Server {
  readonly pictureSenders: () => Promise<readonly PictureSender[]>;
  readonly choosePictures: (address: string, isAllowed: boolean) => Promise<readonly PictureSender[]>;
}

/** So old may be what another tab or device has changed meanwhile. */
const FRESH_MS = 60_000;

/**
 * Whose pictures from outside this person sees without being asked: the mail page acts by it, the
 * settings show it. The server keeps it; it is asked when it is first needed, and now and then again.
 */
export class PictureSenders {
  /** By address; null until the server has told. */
  readonly all = new Value<readonly PictureSender[] | null>(null);
  readonly #server: Server;
  readonly #now: () => number;
  #asked: { readonly at: number; readonly answer: Promise<void> } | null = null;

  constructor(server: Server, now: () => number = Date.now) {
    this.#server = server;
    this.#now = now;
  }

  /** Know them. Throws what the server says; the next call asks again. */
  load(): Promise<void> {
    const known = this.#asked;
    if (known && this.#now() - known.at < FRESH_MS) return known.answer;
    const asked = { at: this.#now(), answer: this.#server.pictureSenders().then((all) => { if (this.#asked === asked) this.all.set(all); }) };
    this.#asked = asked;
    asked.answer.catch(() => { if (this.#asked === asked) this.#asked = null; });
    return asked.answer;
  }

  /** Show this sender's pictures from now on, or ask again before they are shown. Throws what the server says. */
  async choose(address: string, isAllowed: boolean): Promise<void> {
    const all = await this.#server.choosePictures(address, isAllowed);
    this.#asked = { at: this.#now(), answer: Promise.resolve() }; // an answer on its way tells what was
    this.all.set(all);
  }

  /** Somebody else is logged in. */
  forget(): void {
    this.#asked = null;
    this.all.set(null);
  }
}

export const isAllowed = (all: readonly PictureSender[] | null, address: string): boolean => {
  const wanted = address.toLowerCase();
  return all?.some((each) => each.address.toLowerCase() === wanted) ?? false;
};

export const pictureSenders = new PictureSenders(api);

let person: string | null = null;
session.subscribe(() => {
  const now = session.get()?.user?.id ?? null;
  if (now !== person) pictureSenders.forget();
  person = now;
});
