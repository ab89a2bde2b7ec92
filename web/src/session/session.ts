import type { Me, Start } from "@/api/types";

/** What we know of the login: nothing yet, or the server's answer. */
export type SessionState = Start | null;

type Listener = () => void;

/** A login that ended though nobody asked for it. */
export interface Ended {
  /** Letters were being written: what is written of them is kept. */
  readonly hasKept: boolean;
}

/**
 * Who is logged in, for the whole page. `loggedOut` is called by whoever first
 * hears it from the server (REST, JMAP, event stream); the router then leads to
 * the login page and back to the same address afterwards.
 */
export class Session {
  #state: SessionState = null;
  #ended: Ended | null = null;
  #isLeaving = false;
  readonly #listeners = new Set<Listener>();
  readonly #savers = new Set<() => Promise<boolean>>();

  get = (): SessionState => this.#state;

  /** Null at first, after a logout, and while somebody is logged in. */
  ended = (): Ended | null => this.#ended;

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  started(start: Start): void {
    this.#set(start);
  }

  loggedIn(user: Me): void {
    this.#ended = null;
    if (this.#state) this.#set({ ...this.#state, setup_needed: false, user });
  }

  loggedOut(): void {
    if (!this.#state?.user) return;
    this.#ended = this.#isLeaving ? null : { hasKept: false };
    this.#isLeaving = false;
    this.#set({ ...this.#state, user: null });
  }

  /** `save` is called before a person logs out, to save what they write; it answers whether everything is saved then. */
  savedBy(save: () => Promise<boolean>): void {
    this.#savers.add(save);
  }

  /** Save what is being written; false: not everything could be saved. */
  async saveAll(): Promise<boolean> {
    const each = await Promise.all([...this.#savers].map((save) => save()));
    return each.every(Boolean);
  }

  /** The person asks for it: what is heard of its end from now on needs no words. The answer takes that back. */
  leaving(): () => void {
    this.#isLeaving = true;
    return () => { this.#isLeaving = false; };
  }

  /** Said while `loggedOut` tells of it: something that was being written is kept. */
  noteKept(): void {
    if (this.#ended) this.#ended = { hasKept: true };
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();
