import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { AtSign, CircleHelp, FolderCog, Languages, ListChecks, Mail, MessagesSquare, PanelsTopLeft, PencilLine, Search, Settings, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect } from "react";
import type { AccountId, Mailbox, Role } from "@/jmap";
import { basicPlaces, choose, choicesOf, languageChoices, personalPlaces, themeChoices, useMe } from "@/session";
import type { AssignedMailbox, MailStore } from "@/store";
import { FolderIcon } from "../folders/FolderIcon";
import { actionWord, groupWord } from "../state/actionWords";
import type { Action, ActionGroup } from "../state/actions";
import { ACTIONS, actions } from "../state/actions";
import { hasMail } from "../state/arrival";
import { useSignal } from "../state/hooks";
import type { MailView } from "../state/mail";
import { folderPath } from "../text/names";
import type { Entry } from "./match";

/** One line of the palette. */
export interface Item extends Entry {
  /** What it stands under while nothing is typed. */
  readonly group: string;
  readonly icon: ReactNode;
  /** As the actions write it. */
  readonly shortcut?: string;
  readonly run: () => void;
}

export interface Where {
  readonly view: MailView | null;
  readonly store: MailStore;
  readonly accountId: string;
}

const groupIcons: Readonly<Record<ActionGroup, ReactNode>> = {
  list: <Search size={16} aria-hidden />, thread: <MessagesSquare size={16} aria-hidden />, select: <ListChecks size={16} aria-hidden />,
  messages: <Mail size={16} aria-hidden />, write: <PencilLine size={16} aria-hidden />, go: <Search size={16} aria-hidden />,
  folder: <FolderCog size={16} aria-hidden />, view: <PanelsTopLeft size={16} aria-hidden />,
};

const roleKeys: Readonly<Partial<Record<Role, string>>> = {
  inbox: ACTIONS.goInbox.keys[0], sent: ACTIONS.goSent.keys[0], drafts: ACTIONS.goDrafts.keys[0], archive: ACTIONS.goArchive.keys[0], trash: ACTIONS.goTrash.keys[0],
};

/** Everything the palette has where the person is. */
export function useItems({ view, store, accountId }: Where): readonly Item[] {
  return [...(view ? actionItems(view) : []), ...useFolderItems({ view, store, accountId }), ...useMailboxItems(store, accountId), ...useHouseItems(view)];
}

function actionItems(view: MailView): readonly Item[] {
  return actions.flatMap(([id, action]: readonly [Parameters<typeof actionWord>[0], Action]) => {
    const { run, group, keys } = action;
    if (!run || !action.isOffered?.(view)) return [];
    return [{
      id: `action ${id}`, title: actionWord(id, view), detail: "", group: groupWord(group), icon: groupIcons[group],
      ...(keys[0] === undefined ? {} : { shortcut: keys[0] }), run: () => { run(view, keys[0] ?? ""); },
    }];
  });
}

/** Every folder of every mailbox that has mail to show; those of other mailboxes are asked for when the palette opens. */
function useFolderItems({ view, store, accountId }: Where): readonly Item[] {
  const { t } = useLingui();
  const navigate = useNavigate();
  const assigned = useSignal(store.assigned) ?? [];
  const elsewhere = useSignal(store.folderBook.folders);
  const mailboxes = assigned.filter(hasMail);
  const others = mailboxes.filter(({ id }) => id !== accountId || !view).map(({ id }) => id).join(" ");
  useEffect(() => {
    if (others !== "") store.folderBook.need(others.split(" ") as AccountId[]);
  }, [store, others]);
  const favourites = view?.favourites.shown ?? [];
  return mailboxes.flatMap((mailbox) => {
    const isHere = view !== null && mailbox.id === accountId;
    const folders = (isHere ? view.account.mailboxes.all() : (elsewhere.get(mailbox.id) ?? [])).filter(({ isSubscribed }) => isSubscribed);
    const byId = new Map(folders.map((folder) => [folder.id, folder]));
    return folders.filter(({ id }) => !isHere || id !== view.folder?.id).map((folder): Item => {
      const nth = favourites.findIndex(({ favourite }) => favourite.account === mailbox.id && favourite.folder === folder.id);
      const shortcut = isHere && folder.role ? roleKeys[folder.role] : nth >= 0 && nth < 9 ? `g ${String(nth + 1)}` : undefined;
      return {
        id: `folder ${mailbox.id}/${folder.id}`, title: folder.name || t`(no name)`, detail: detailOf(folder, byId, mailboxes.length > 1 ? mailbox : null),
        group: isHere ? t`Go to folder` : t`Folders of ${mailbox.name || mailbox.address}`, icon: <FolderIcon role={folder.role} />, ...(shortcut ? { shortcut } : {}),
        run: () => {
          if (isHere) view.openFolder(folder.id);
          else void navigate({ to: "/mail/$accountId/$folderId", params: { accountId: mailbox.id, folderId: folder.id }, search: {} });
        },
      };
    });
  });
}

function detailOf(folder: Mailbox, byId: ReadonlyMap<string, Mailbox>, mailbox: AssignedMailbox | null): string {
  const above = folderPath(folder, (id) => byId.get(id)).slice(0, -1).join(" / ");
  return [above, mailbox ? mailbox.name || mailbox.address : ""].filter(Boolean).join(" · ");
}

function useMailboxItems(store: MailStore, accountId: string): readonly Item[] {
  const { t } = useLingui();
  const navigate = useNavigate();
  const assigned = useSignal(store.assigned) ?? [];
  return assigned.filter(({ id }) => id !== accountId).map(({ id, name, address }) => ({
    id: `mailbox ${id}`, title: t`Mailbox: ${name || address}`, detail: name ? address : "", group: t`Switch mailbox`, icon: <AtSign size={16} aria-hidden />,
    run: () => { void navigate({ to: "/mail/$accountId", params: { accountId: id }, search: {} }); },
  }));
}

/** What belongs to the whole house: settings, how it looks, in which language, help. */
function useHouseItems(view: MailView | null): readonly Item[] {
  const { t } = useLingui();
  const navigate = useNavigate();
  const me = useMe();
  const now = choicesOf(me);
  const fail = (error: unknown): void => { view?.setProblem(error); };
  const page = (to: string, title: string, group: string, icon: ReactNode, detail = ""): Item => ({ id: `page ${to}`, title, detail, group, icon, run: () => { void navigate({ to }); } });
  const settings = <Settings size={16} aria-hidden />;
  return [
    ...personalPlaces().map(({ to, label }) => page(to, label, t`Settings`, settings, t`Settings`)),
    ...basicPlaces(me).map(({ to, label }) => page(to, label, t`Settings`, settings, t`Basic settings`)),
    page("/help/microsoft-365", t`Help for Microsoft 365`, t`Settings`, <CircleHelp size={16} aria-hidden />),
    ...themeChoices().filter(({ value }) => value !== now.theme).map(({ value, label }) => ({
      id: `theme ${value}`, title: t`Appearance: ${label}`, detail: "", group: t`Appearance and language`, icon: <SunMoon size={16} aria-hidden />,
      run: () => { choose(me, { theme: value }).catch(fail); },
    })),
    ...languageChoices().filter(({ value }) => value !== now.language).map(({ value, label }) => ({
      id: `language ${value}`, title: t`Language: ${label}`, detail: "", group: t`Appearance and language`, icon: <Languages size={16} aria-hidden />,
      run: () => { choose(me, { language: value }).catch(fail); },
    })),
  ];
}

/** Looking for what was typed: in all folders, and in the open one. */
export function useSearchItems(view: MailView | null, text: string): readonly Item[] {
  const { t } = useLingui();
  if (!view?.folder || text === "") return [];
  const search = (isHere: boolean, title: string): Item => ({
    id: `search ${String(isHere)}`, title, detail: "", group: t`Search`, icon: <Search size={16} aria-hidden />, run: () => { view.setSearch(text, { isHere }); },
  });
  const folder = view.folder.name;
  return [search(false, t`Search for “${text}”`), search(true, t`Search for “${text}” in “${folder}”`)];
}
