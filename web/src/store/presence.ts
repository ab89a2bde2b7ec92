/**
 * Who else reads or answers which message of an account, as the server tells it.
 *
 * What is told lives a minute. While there is any it is asked again now and then, so that nobody stays who has
 * gone without a word; this browser's clock, which may be wrong, decides nothing. Source: docs/jmap.md.
 */
import { Busy } from "@/jmap";
import type { AccountId, EmailId, JmapClient, Presence, State } from "@/jmap";
import { Asking } from "./asking";
import { Records } from "./records";

/** Everybody else at one message, those who answer first. */
export interface Company {
  readonly id: EmailId;
  readonly others: readonly Presence[];
}

const AGAIN_MS = 45_000;

export class PresenceBoard {
  readonly companies = new Records<Company>();
  readonly #account: AccountId;
  readonly #client: JmapClient;
  readonly #wait: (ms: number) => Promise<void>;
  readonly #asking: Asking;
  #state: State | null = null;
  #round = 0;

  constructor(account: AccountId, client: JmapClient, wait: (ms: number) => Promise<void>) {
    this.#account = account;
    this.#client = client;
    this.#wait = wait;
    this.#asking = new Asking(() => this.#ask(), wait);
  }

  /** The server told new states. */
  changed(states: Readonly<Record<string, State>>): void {
    if ("Presence" in states && states["Presence"] !== this.#state) void this.refresh();
  }

  /** Ask who is there now. Where nobody answers nobody is shown. */
  refresh(): Promise<void> {
    return this.#asking.again();
  }

  async #ask(): Promise<void> {
    try {
      const { list, state } = await this.#client.call("Presence/get", { accountId: this.#account, ids: null }).result;
      this.#state = state;
      this.#take(list);
      if (list.length > 0) this.#askAgainIn(AGAIN_MS);
    } catch (error) {
      this.#state = null;
      if (error instanceof Busy) this.#askAgainIn(error.afterS * 1_000);
      else this.#take([]);
    }
  }

  #askAgainIn(ms: number): void {
    const round = ++this.#round;
    void this.#wait(ms).then(() => { if (round === this.#round) void this.refresh(); });
  }

  #take(list: readonly Presence[]): void {
    const told = grouped(list);
    const news = [...told.values()].filter((company) => !isSame(company, this.companies.get(company.id)));
    this.companies.remove([...this.companies.ids()].filter((id) => !told.has(id as EmailId)));
    this.companies.put(news);
  }
}

function grouped(list: readonly Presence[]): ReadonlyMap<EmailId, Company> {
  const found = new Map<EmailId, Company>();
  const sorted = [...list].sort((a, b) => rank(a) - rank(b) || a.since.localeCompare(b.since));
  for (const one of sorted) found.set(one.emailId, { id: one.emailId, others: [...(found.get(one.emailId)?.others ?? []), one] });
  return found;
}

const rank = ({ activity }: Presence): number => (activity === "answering" ? 0 : 1);

/** What is shown of them stays the same: that they are there for longer does not show. */
function isSame(one: Company, other: Company | undefined): boolean {
  const shown = ({ others }: Company): string => JSON.stringify(others.map(({ id, name, activity, since }) => [id, name, activity, since]));
  return other !== undefined && shown(one) === shown(other);
}
