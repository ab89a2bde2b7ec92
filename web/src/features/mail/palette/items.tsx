import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { AtSign, CircleHelp, FolderCog, Languages, ListChecks, Mail, Mails, MessagesSquare, PanelsTopLeft, PencilLine, Search, Settings, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect } from "react";
import type { AccountId, Mailbox, Role } from "@/jmap";
import { basicPlaces, choose, choicesOf, languageChoices, personalPlaces, themeChoices, useMe } from "@/session";
import type { AssignedMailbox, MailStore } from "@/store";
import { byRole } from "@/store";
import { ROLES } from "../all/opened";
import { FolderIcon } from "../folders/FolderIcon";
import { ALL } from "../folders/IdentityMenu";
import { actionWord, groupWord } from "../state/actionWords";
import type { Action, ActionGroup } from "../state/actions";
import { ACTIONS, actions } from "../state/actions";
import { hasMail } from "../state/arrival";
import { isShown, useSignal } from "../state/hooks";
import type { ListView, MailView, SearchScope } from "../state/mail";
import { isOfOne } from "../state/mail";
import type { NameOf } from "../state/useNameOf";
import { useNameOf, useRoleNames } from "../state/useNameOf";
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
  readonly view: ListView | null;
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

function actionItems(view: ListView): readonly Item[] {
  return actions.flatMap(([id, action]: readonly [Parameters<typeof actionWord>[0], Action]) => {
    const { run, group, keys } = action;
    if (!run || !action.isOffered?.(view)) return [];
    return [{
      id: `action ${id}`, title: actionWord(id, view), detail: "", group: groupWord(group), icon: groupIcons[group],
      ...(keys[0] === undefined ? {} : { shortcut: keys[0] }), run: () => { run(view, keys[0] ?? ""); },
    }];
  });
}

/** Every folder of every mailbox that has mail to show; those of mailboxes that aren't open are asked for when the palette opens. */
function useFolderItems({ view, store, accountId }: Where): readonly Item[] {
  const { t } = useLingui();
  const navigate = useNavigate();
  const assigned = useSignal(store.assigned) ?? [];
  const elsewhere = useSignal(store.folderBook.folders);
  const names = useRoleNames();
  const nameOf = useNameOf();
  const mailboxes = assigned.filter(hasMail);
  const open = view && isOfOne(view) ? view : null;
  const others = mailboxes.filter(({ id }) => id !== open?.mailbox.id).map(({ id }) => id).join(" ");
  useEffect(() => {
    if (others !== "") store.folderBook.need(others.split(" ") as AccountId[]);
  }, [store, others]);
  const favourites = view?.favourites.shown ?? [];
  const foldersOf = ({ id }: AssignedMailbox): readonly Mailbox[] => (open?.mailbox.id === id ? open.account.mailboxes.all() : (elsewhere.get(id) ?? []));
  const isAll = accountId === ALL;
  const together = assigned.length < 2 ? [] : ROLES.filter((role) => !(isAll && view?.role === role) && mailboxes.some((mailbox) => byRole(foldersOf(mailbox), role))).map((role): Item => {
    const [name, shortcut] = [names[role], isAll ? roleKeys[role] : undefined];
    return {
      id: `folders ${role}`, title: t`All mailboxes: ${name}`, detail: "", group: t`Folders of all mailboxes`, icon: <FolderIcon role={role} />, isFar: !isAll, ...(shortcut ? { shortcut } : {}),
      run: () => {
        if (isAll && view) view.openRole(role);
        else void navigate({ to: "/mail/$accountId/$folderId", params: { accountId: ALL, folderId: role }, search: {} });
      },
    };
  });
  const single = mailboxes.flatMap((mailbox) => {
    const here: MailView | null = open?.mailbox.id === mailbox.id ? open : null;
    const folders = foldersOf(mailbox).filter(isShown);
    const byId = new Map(folders.map((folder) => [folder.id, folder]));
    return folders.filter(({ id }) => id !== here?.folder?.id).map((folder): Item => {
      const nth = favourites.findIndex(({ favourite }) => favourite.account === mailbox.id && favourite.folder === folder.id);
      const shortcut = here && folder.role ? roleKeys[folder.role] : nth >= 0 && nth < 9 ? `g ${String(nth + 1)}` : undefined;
      return {
        id: `folder ${mailbox.id}/${folder.id}`, title: nameOf(folder) || t`(no name)`, detail: detailOf(folder, byId, nameOf, mailboxes.length > 1 ? mailbox : null),
        group: here ? t`Go to folder` : t`Folders of ${mailbox.name || mailbox.address}`, icon: <FolderIcon role={folder.role} />, isFar: open !== null && !here, ...(shortcut ? { shortcut } : {}),
        run: () => {
          if (here) here.openFolder(folder.id);
          else void navigate({ to: "/mail/$accountId/$folderId", params: { accountId: mailbox.id, folderId: folder.id }, search: {} });
        },
      };
    });
  });
  return isAll ? [...together, ...single] : [...single, ...together];
}

function detailOf(folder: Mailbox, byId: ReadonlyMap<string, Mailbox>, nameOf: NameOf, mailbox: AssignedMailbox | null): string {
  const above = folderPath(folder, (id) => byId.get(id), nameOf).slice(0, -1).join(" / ");
  return [above, mailbox ? mailbox.name || mailbox.address : ""].filter(Boolean).join(" · ");
}

function useMailboxItems(store: MailStore, accountId: string): readonly Item[] {
  const { t } = useLingui();
  const navigate = useNavigate();
  const assigned = useSignal(store.assigned) ?? [];
  const item = (id: string, title: string, detail: string): Item => ({
    id: `mailbox ${id}`, title, detail, group: t`Switch mailbox`, icon: id === ALL ? <Mails size={16} aria-hidden /> : <AtSign size={16} aria-hidden />,
    run: () => { void navigate({ to: "/mail/$accountId", params: { accountId: id }, search: {} }); },
  });
  return [
    ...(assigned.length > 1 && accountId !== ALL ? [item(ALL, t`All mailboxes`, "")] : []),
    ...assigned.filter(({ id }) => id !== accountId).map(({ id, name, address }) => item(id, t`Mailbox: ${name || address}`, name ? address : "")),
  ];
}

/** What belongs to the whole house: settings, how it looks, in which language, help. */
function useHouseItems(view: ListView | null): readonly Item[] {
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

/** Looking for what was typed: in all mailboxes, in this one, and in what is open. */
export function useSearchItems(view: ListView | null, text: string): readonly Item[] {
  const { t } = useLingui();
  if (!view || (!view.list && !view.search) || text === "") return [];
  const { title, scopes, setSearch } = view;
  const words: Readonly<Record<SearchScope, string>> = {
    everywhere: t`Search for “${text}” in all mailboxes`, mailbox: t`Search for “${text}”`, here: t`Search for “${text}” in “${title}”`,
  };
  return scopes.map((scope) => ({
    id: `search ${scope}`, title: words[scope], detail: "", group: t`Search`, icon: <Search size={16} aria-hidden />, run: () => { setSearch(text, { scope }); },
  }));
}
