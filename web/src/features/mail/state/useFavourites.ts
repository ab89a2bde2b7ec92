import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import type { AccountId, Folder, MailboxId } from "@/jmap";
import type { AssignedMailbox, Favourite, MailStore } from "@/store";
import { isSame } from "@/store";
import { shortName } from "../all/names";
import { hasMail } from "./arrival";
import { useSignal } from "./hooks";
import { offerUndo } from "./undo";
import { useNameOf } from "./useNameOf";

/** A favourite as it is shown: its folder is there. */
export interface ShownFavourite {
  readonly favourite: Favourite;
  readonly folder: Folder;
  readonly mailbox: AssignedMailbox;
  /** The mailbox's name, as short as it can be. */
  readonly owner: string;
}

export interface FavouriteDeeds {
  /** In their order; those that are not known (yet) are left out. */
  readonly shown: readonly ShownFavourite[];
  isOne(account: AccountId, folder: MailboxId): boolean;
  /** Make a folder a favourite, or end that. */
  toggle(account: AccountId, folder: Folder): void;
  remove(one: ShownFavourite): void;
  /** To another one's place. */
  moveTo(one: Favourite, place: number): void;
  /** From 0. */
  openNth(place: number): void;
  open(one: Favourite): void;
}

export interface FavouritesOptions {
  readonly store: MailStore;
  /** The folders of the mailboxes that are open, by account; those of others are asked for. */
  readonly open: ReadonlyMap<string, readonly Folder[]>;
  readonly setProblem: (error: unknown) => void;
  /** Open a folder of the open mailbox; null where several are open. */
  readonly openHere: ((id: MailboxId) => void) | null;
}

/** The person's favourite folders, and what is done with them. */
export function useFavourites({ store, open: known, setProblem, openHere }: FavouritesOptions): FavouriteDeeds {
  const { t } = useLingui();
  const navigate = useNavigate();
  const all = useSignal(store.favourites.all) ?? NONE;
  const assigned = useSignal(store.assigned) ?? NONE;
  const elsewhere = useSignal(store.folderBook.folders);
  const others = all.map((each) => each.account).filter((id, at, ids) => !known.has(id) && ids.indexOf(id) === at).join(" ");
  useEffect(() => {
    if (others !== "") store.folderBook.need(others.split(" ") as AccountId[]);
  }, [store, others]);
  const shown = useMemo(() => all.flatMap((favourite) => {
    const mailbox = assigned.find(({ id }) => id === favourite.account);
    const folders = known.get(favourite.account) ?? elsewhere.get(favourite.account);
    const folder = folders?.find(({ id }) => id === favourite.folder);
    return mailbox && folder && hasMail(mailbox) ? [{ favourite, folder, mailbox, owner: shortName(mailbox, assigned) }] : [];
  }), [all, assigned, known, elsewhere]);
  const { favourites } = store;
  const nameOf = useNameOf();
  const isOne = (account: AccountId, folder: MailboxId): boolean => all.some((each) => isSame(each, { account, folder }));
  const put = (one: Favourite, before: Favourite | null): void => { favourites.put(one, before).catch(setProblem); };
  const drop = (one: Favourite): void => { favourites.remove(one).catch(setProblem); };
  const remove = (one: Favourite, name: string): void => {
    const next = all[all.findIndex((each) => isSame(each, one)) + 1] ?? null;
    drop(one);
    offerUndo(t`“${name}” is no favourite any more`, () => { put(one, next); });
  };
  const open = (one: Favourite): void => {
    if (openHere && known.has(one.account)) openHere(one.folder as MailboxId);
    else void navigate({ to: "/mail/$accountId/$folderId", params: { accountId: one.account, folderId: one.folder }, search: {} });
  };
  return {
    shown, isOne, open,
    remove: ({ favourite, folder }) => { remove(favourite, nameOf(folder)); },
    toggle: (account, folder) => {
      const { id } = folder;
      const [one, name] = [{ account, folder: id }, nameOf(folder)];
      if (isOne(account, id)) { remove(one, name); return; }
      put(one, null);
      offerUndo(t`“${name}” is a favourite now`, () => { drop(one); });
    },
    moveTo: (one, place) => {
      const rest = shown.filter((each) => !isSame(each.favourite, one));
      if (place >= 0 && place <= rest.length) put(one, rest[place]?.favourite ?? null);
    },
    openNth: (place) => {
      const nth = shown[place];
      if (nth) open(nth.favourite);
    },
  };
}

const NONE: readonly never[] = [];
