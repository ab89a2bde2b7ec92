import type { Me, Start } from "@/api/types";

/** What we know of the login: nothing yet, or the server's answer. */
export type SessionState = Start | null;

type Listener = () => void;

/**
 * Who is logged in, for the whole page. `loggedOut` is called by whoever first
 * hears it from the server (REST, JMAP, event stream); the router then leads to
 * the login page and back to the same address afterwards.
 */
export class Session {
  #state: SessionState = null;
  readonly #listeners = new Set<Listener>();

  get = (): SessionState => this.#state;

  subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  started(start: Start): void {
    this.#set(start);
  }

  loggedIn(user: Me): void {
    if (this.#state) this.#set({ ...this.#state, setup_needed: false, user });
  }

  loggedOut(): void {
    if (this.#state?.user) this.#set({ ...this.#state, user: null });
  }

  #set(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();
