/**
 * Recent mail kept on this device: a database for each person, read when the server can't be reached.
 *
 *     person   start, session, mailboxes: what the server said of them
 *     accounts by id: folders, states, which messages are kept, as of when
 *     rows     by account and message: what a list shows
 *     bodies   by account and message: what the reader shows; nothing remote is in them
 */
import type { Start } from "@/api/types";
import { answered, openIdb, written } from "@/device/idb";
import { keptName } from "@/device/kept-names";
import type { AccountId, Email, EmailBody, EmailId, Mailbox, Session, State, SyncState } from "@/jmap";

export interface KeptPerson {
  readonly start: Start;
  readonly session: Session;
  /** As `GET /api/mailboxes` told it. */
  readonly assigned: unknown;
  /** As `GET /api/favourites` told them; an earlier version kept none. */
  readonly favourites?: unknown;
}

export interface KeptAccount {
  readonly id: AccountId;
  /** When it was brought up to date; RFC 3339. */
  readonly at: string;
  readonly mailboxes: readonly Mailbox[];
  readonly mailboxState: State;
  readonly emailState: State;
  readonly threadState: State;
  readonly sync: SyncState | null;
  readonly ids: readonly EmailId[];
  /** Those of them whose bodies were looked at and not kept: too long, or not known to their end. */
  readonly unfit: readonly EmailId[];
  /** Of all bodies, in characters. */
  readonly size: number;
}

export interface Changes {
  readonly account: KeptAccount;
  readonly rows: readonly Email[];
  readonly bodies: readonly EmailBody[];
  readonly gone: readonly EmailId[];
}

const STORES = ["person", "accounts", "rows", "bodies"];
const PERSON = "person";

export class Kept {
  readonly #userId: string;
  #database: Promise<IDBDatabase> | null = null;

  constructor(userId: string) {
    this.#userId = userId;
  }

  async person(): Promise<KeptPerson | null> {
    return (await this.#get<KeptPerson>("person", PERSON)) ?? null;
  }

  async setPerson(person: KeptPerson): Promise<void> {
    const transaction = (await this.#open()).transaction("person", "readwrite");
    transaction.objectStore("person").put(person, PERSON);
    await written(transaction);
  }

  async accounts(): Promise<readonly KeptAccount[]> {
    const database = await this.#open();
    return answered(database.transaction("accounts").objectStore("accounts").getAll() as IDBRequest<KeptAccount[]>);
  }

  async account(id: AccountId): Promise<KeptAccount | undefined> {
    return this.#get<KeptAccount>("accounts", id);
  }

  async rows(id: AccountId): Promise<readonly Email[]> {
    const database = await this.#open();
    return answered(database.transaction("rows").objectStore("rows").getAll(all(id)) as IDBRequest<Email[]>);
  }

  body(account: AccountId, id: EmailId): Promise<EmailBody | undefined> {
    return this.#get<EmailBody>("bodies", key(account, id));
  }

  /** The messages whose bodies are kept. */
  async bodyIds(id: AccountId): Promise<ReadonlySet<string>> {
    const database = await this.#open();
    const keys = await answered(database.transaction("bodies").objectStore("bodies").getAllKeys(all(id)));
    return new Set(keys.map((each) => String(each).slice(id.length + 1)));
  }

  /** Take all of it or nothing. */
  async write({ account, rows, bodies, gone }: Changes): Promise<void> {
    const transaction = (await this.#open()).transaction(["accounts", "rows", "bodies"], "readwrite");
    transaction.objectStore("accounts").put(account, account.id);
    const [rowStore, bodyStore] = [transaction.objectStore("rows"), transaction.objectStore("bodies")];
    for (const row of rows) rowStore.put(row, key(account.id, row.id));
    for (const body of bodies) bodyStore.put(body, key(account.id, body.id));
    for (const id of gone) { rowStore.delete(key(account.id, id)); bodyStore.delete(key(account.id, id)); }
    await written(transaction);
  }

  async dropAccount(id: AccountId): Promise<void> {
    const transaction = (await this.#open()).transaction(["accounts", "rows", "bodies"], "readwrite");
    transaction.objectStore("accounts").delete(id);
    for (const name of ["rows", "bodies"]) transaction.objectStore(name).delete(all(id));
    await written(transaction);
  }

  /** Let go of the connection; the next use opens it again. */
  async close(): Promise<void> {
    const open = this.#database;
    this.#database = null;
    (await open)?.close();
  }

  async #get<T>(store: string, at: string): Promise<T | undefined> {
    const database = await this.#open();
    return answered(database.transaction(store).objectStore(store).get(at) as IDBRequest<T | undefined>);
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= openIdb(keptName(this.#userId), STORES).then((database) => {
      database.addEventListener("versionchange", () => { this.#database = null; });
      return database;
    });
    return this.#database;
  }
}

const key = (account: AccountId, id: EmailId): string => `${account} ${id}`;
/** All keys of one account. */
const all = (account: AccountId): IDBKeyRange => IDBKeyRange.bound(`${account} `, `${account} \uffff`);
