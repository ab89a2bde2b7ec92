/** The mailboxes that stand side by side under "All mailboxes". */
import { useMemo } from "react";
import type { AccountId, Mailbox, Role } from "@/jmap";
import type { AccountStore, AssignedMailbox, ListSpec, MailStore, Signal } from "@/store";
import { MergedList, byRole } from "@/store";
import { hasMail } from "../state/arrival";
import { useSignal } from "../state/hooks";
import type { ActiveSearch, MailboxMark } from "../state/mail";
import { shortName, tonesOf } from "./names";

export interface AllPart {
  readonly mailbox: AssignedMailbox;
  readonly account: AccountStore;
  readonly mark: MailboxMark;
}

export interface AllParts {
  /** In the order of the drop-down. */
  readonly parts: readonly AllPart[];
  /** Of which nothing is here yet, because nobody has signed in. */
  readonly waiting: readonly AssignedMailbox[];
}

export function useParts(store: MailStore): AllParts {
  const assigned = useSignal(store.assigned);
  const session = useSignal(store.session);
  return useMemo(() => {
    const all = assigned ?? [];
    const tones = tonesOf(all);
    const parts = session ? all.filter(hasMail).flatMap((mailbox): readonly AllPart[] => {
      const account = store.account(mailbox.id as AccountId);
      return account ? [{ mailbox, account, mark: { name: shortName(mailbox, all), tone: tones.get(mailbox.id) ?? 0 } }] : [];
    }) : [];
    return { parts, waiting: all.filter((each) => !hasMail(each)) };
  }, [store, assigned, session]);
}

/** The accounts of the parts; the same array as long as they are the same. */
export function useAccounts(parts: readonly AllPart[]): readonly AccountStore[] {
  const key = parts.map(({ account }) => account.id).join(" ");
  // The stores of the same ids may be others after a login: then all of this is made anew.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  return useMemo(() => parts.map(({ account }) => account), [key, parts[0]?.account]);
}

/** What is read of each of several things. `subscribe` and `read`: the same functions at every render. */
export function useEach<T, R>(items: readonly T[], subscribe: Subscribe<T>, read: (item: T) => R): readonly R[] {
  return useSignal(useMemo(() => new Gathered(items, subscribe, read), [items, subscribe, read]));
}

type Subscribe<T> = (item: T, listener: () => void) => () => void;

/** What is read of each of several things, anew when one of them tells; the same array while nothing has changed. */
class Gathered<T, R> implements Signal<readonly R[]> {
  readonly #items: readonly T[];
  readonly #subscribe: Subscribe<T>;
  readonly #read: (item: T) => R;
  #held: readonly R[] = [];

  constructor(items: readonly T[], subscribe: Subscribe<T>, read: (item: T) => R) {
    this.#items = items;
    this.#subscribe = subscribe;
    this.#read = read;
  }

  subscribe = (listener: () => void): (() => void) => {
    const ends = this.#items.map((item) => this.#subscribe(item, listener));
    return () => { for (const end of ends) end(); };
  };

  get = (): readonly R[] => {
    const now = this.#items.map(this.#read);
    if (now.length !== this.#held.length || now.some((each, at) => !Object.is(each, this.#held[at]))) this.#held = now;
    return this.#held;
  };
}

const subscribeFolders = (account: AccountStore, listener: () => void): (() => void) => account.mailboxes.subscribeAll(listener);
const readFolders = (account: AccountStore): readonly Mailbox[] => account.mailboxes.all();

/** The folders of each account. */
export function useEachFolders(accounts: readonly AccountStore[]): readonly (readonly Mailbox[])[] {
  return useEach(accounts, subscribeFolders, readFolders);
}

export interface MergedOptions {
  readonly parts: readonly AllPart[];
  readonly accounts: readonly AccountStore[];
  readonly folders: readonly (readonly Mailbox[])[];
  readonly role: Role;
  readonly filter: ListSpec["filter"];
  /** What each account is asked for, where something is looked for. */
  readonly searches: readonly ActiveSearch[] | null;
  readonly isThreaded: boolean;
}

/** Whether some of its messages are not shown beside those of other mailboxes. */
export function isNarrowed(mailbox: AssignedMailbox | undefined): boolean {
  return mailbox?.is_vip === true && mailbox.sees_all !== true;
}

/** The list on screen; null where what is looked for can't be understood in any mailbox. */
export function useMerged({ parts: of, accounts, folders, role, filter, searches, isThreaded }: MergedOptions): MergedList | null {
  const specs = accounts.map((_, at): ListSpec | null => {
    const search = searches?.[at];
    if (searches && !search?.filter) return null;
    const isEverywhere = search !== undefined && search.scope !== "here";
    const mailboxId = isEverywhere ? null : (byRole(folders[at] ?? [], role)?.id ?? null);
    return mailboxId === null && !isEverywhere ? null : { mailboxId, filter, search: search?.filter ?? null, isThreaded, isPart: true, ...(isNarrowed(of[at]?.mailbox) ? { isAcross: true } : {}) };
  });
  const key = JSON.stringify(specs);
  const isNonsense = searches !== null && searches.length > 0 && searches.every((search) => search.filter === null);
  return useMemo(() => {
    if (isNonsense) return null;
    const wanted = JSON.parse(key) as readonly (ListSpec | null)[];
    const parts = accounts.flatMap((account, at) => { const spec = wanted[at]; return spec ? [{ account, list: account.list(spec) }] : []; });
    return new MergedList(parts, { filter, search: wanted.find((spec) => spec?.search)?.search ?? null, isThreaded });
  }, [accounts, key, isNonsense, filter, isThreaded]);
}
