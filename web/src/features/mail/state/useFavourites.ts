import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import type { AccountId, Mailbox, MailboxId } from "@/jmap";
import type { AccountStore, AssignedMailbox, Favourite, MailStore } from "@/store";
import { isSame } from "@/store";
import { hasMail } from "./arrival";
import { useFolders, useSignal } from "./hooks";
import { offerUndo } from "./undo";

/** A favourite as it is shown: its folder is there. */
export interface ShownFavourite {
  readonly favourite: Favourite;
  readonly folder: Mailbox;
  readonly mailbox: AssignedMailbox;
}

export interface FavouriteDeeds {
  /** In their order; those that are not known (yet) are left out. */
  readonly shown: readonly ShownFavourite[];
  isOne(folder: MailboxId): boolean;
  /** Make a folder of the open mailbox a favourite, or end that. */
  toggle(folder: Mailbox): void;
  remove(one: ShownFavourite): void;
  /** To another one's place. */
  moveTo(one: Favourite, place: number): void;
  /** From 0. */
  openNth(place: number): void;
  open(one: Favourite): void;
}

export interface FavouritesOptions {
  readonly store: MailStore;
  /** The open mailbox. */
  readonly account: AccountStore;
  readonly setProblem: (error: unknown) => void;
  readonly openFolder: (id: MailboxId) => void;
}

/** The person's favourite folders, and what is done with them. */
export function useFavourites({ store, account, setProblem, openFolder }: FavouritesOptions): FavouriteDeeds {
  const { t } = useLingui();
  const navigate = useNavigate();
  const all = useSignal(store.favourites.all) ?? NONE;
  const assigned = useSignal(store.assigned) ?? NONE;
  const here = useFolders(account);
  const elsewhere = useSignal(store.folderBook.folders);
  const others = all.map((each) => each.account).filter((id, at, ids) => id !== account.id && ids.indexOf(id) === at).join(" ");
  useEffect(() => {
    if (others !== "") store.folderBook.need(others.split(" ") as AccountId[]);
  }, [store, others]);
  const shown = useMemo(() => all.flatMap((favourite) => {
    const mailbox = assigned.find(({ id }) => id === favourite.account);
    const folders = favourite.account === account.id ? here : elsewhere.get(favourite.account);
    const folder = folders?.find(({ id }) => id === favourite.folder);
    return mailbox && folder && hasMail(mailbox) ? [{ favourite, folder, mailbox }] : [];
  }), [all, assigned, here, elsewhere, account.id]);
  const { favourites } = store;
  const at = (folder: MailboxId): Favourite => ({ account: account.id, folder });
  const isOne = (folder: MailboxId): boolean => all.some((each) => isSame(each, at(folder)));
  const put = (one: Favourite, before: Favourite | null): void => { favourites.put(one, before).catch(setProblem); };
  const drop = (one: Favourite): void => { favourites.remove(one).catch(setProblem); };
  const remove = (one: Favourite, name: string): void => {
    const next = all[all.findIndex((each) => isSame(each, one)) + 1] ?? null;
    drop(one);
    offerUndo(t`“${name}” is no favourite any more`, () => { put(one, next); });
  };
  const open = (one: Favourite): void => {
    if (one.account === account.id) openFolder(one.folder as MailboxId);
    else void navigate({ to: "/mail/$accountId/$folderId", params: { accountId: one.account, folderId: one.folder }, search: {} });
  };
  return {
    shown, isOne, open,
    remove: ({ favourite, folder }) => { remove(favourite, folder.name); },
    toggle: ({ id, name }) => {
      if (isOne(id)) { remove(at(id), name); return; }
      put(at(id), null);
      offerUndo(t`“${name}” is a favourite now`, () => { drop(at(id)); });
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
