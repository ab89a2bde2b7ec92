/** What a device keeps, in memory: for tests, which have no IndexedDB. */
import type { AccountId, Email, EmailBody, EmailId } from "@/jmap";
import type { Changes, Kept, KeptAccount, KeptPerson } from "@/offline/kept";

export class MemoryShelf implements Pick<Kept, "person" | "setPerson" | "accounts" | "account" | "rows" | "bodyIds" | "body" | "write" | "dropAccount"> {
  #person: KeptPerson | null = null;
  readonly #accounts = new Map<string, KeptAccount>();
  readonly #rows = new Map<string, Email>();
  readonly #bodies = new Map<string, EmailBody>();

  person = (): Promise<KeptPerson | null> => Promise.resolve(this.#person);
  setPerson = (person: KeptPerson): Promise<void> => { this.#person = person; return Promise.resolve(); };
  accounts = (): Promise<readonly KeptAccount[]> => Promise.resolve([...this.#accounts.values()]);
  account = (id: AccountId): Promise<KeptAccount | undefined> => Promise.resolve(this.#accounts.get(id));
  rows = (id: AccountId): Promise<readonly Email[]> => Promise.resolve([...this.#rows].flatMap(([key, row]) => (key.startsWith(`${id} `) ? [row] : [])));
  body = (account: AccountId, id: EmailId): Promise<EmailBody | undefined> => Promise.resolve(this.#bodies.get(`${account} ${id}`));

  bodyIds = (id: AccountId): Promise<ReadonlySet<string>> =>
    Promise.resolve(new Set([...this.#bodies.keys()].filter((key) => key.startsWith(`${id} `)).map((key) => key.slice(id.length + 1))));

  write = ({ account, rows, bodies, gone }: Changes): Promise<void> => {
    this.#accounts.set(account.id, account);
    for (const row of rows) this.#rows.set(`${account.id} ${row.id}`, row);
    for (const body of bodies) this.#bodies.set(`${account.id} ${body.id}`, body);
    for (const id of gone) { this.#rows.delete(`${account.id} ${id}`); this.#bodies.delete(`${account.id} ${id}`); }
    return Promise.resolve();
  };

  dropAccount = (id: AccountId): Promise<void> => {
    this.#accounts.delete(id);
    for (const map of [this.#rows, this.#bodies]) for (const key of [...map.keys()]) if (key.startsWith(`${id} `)) map.delete(key);
    return Promise.resolve();
  };
}
