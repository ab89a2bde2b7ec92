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
  remove(one: Favourite): void;
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
  const remove = (one: Favourite): void => { favourites.remove(one).catch(setProblem); };
  const open = (one: Favourite): void => {
    if (one.account === account.id) openFolder(one.folder as MailboxId);
    else void navigate({ to: "/mail/$accountId/$folderId", params: { accountId: one.account, folderId: one.folder }, search: {} });
  };
  return {
    shown, isOne, remove, open,
    toggle: ({ id, name }) => {
      const put = (before: Favourite | null) => (): void => { favourites.put(at(id), before).catch(setProblem); };
      const place = all.findIndex((each) => isSame(each, at(id)));
      if (place < 0) put(null)();
      else remove(at(id));
      if (place < 0) offerUndo(t`“${name}” is a favourite now`, () => { remove(at(id)); });
      else offerUndo(t`“${name}” is no favourite any more`, put(all[place + 1] ?? null));
    },
    moveTo: (one, place) => {
      const rest = shown.filter((each) => !isSame(each.favourite, one));
      if (place >= 0 && place <= rest.length) favourites.put(one, rest[place]?.favourite ?? null).catch(setProblem);
    },
    openNth: (place) => {
      const nth = shown[place];
      if (nth) open(nth.favourite);
    },
  };
}

const NONE: readonly never[] = [];
