import { t } from "@lingui/core/macro";
import { useMemo } from "react";
import type { Folder, MailboxId } from "@/jmap";
import { below, byRole, changeFolder, createFolder, destroyFolder, moveFolder } from "@/store";
import type { MailView } from "./mail";
import { useMail } from "./mail";
import { offerUndo } from "./undo";
import type { NameOf } from "./useNameOf";
import { useNameOf } from "./useNameOf";

export interface FolderDeeds {
  /** Make a folder and open it. Raises what the server says. */
  create(name: string, parentId: MailboxId | null): Promise<void>;
  /** Raises what the server says. */
  rename(folder: Folder, name: string): Promise<void>;
  move(folder: Folder, parentId: MailboxId | null): void;
  /** Into the trash; from there for good, after a question. */
  remove(folder: Folder): void;
  destroy(folder: Folder): void;
  empty(folder: Folder): void;
  markRead(folder: Folder): void;
  /** Whether a folder may be put there. */
  mayLieIn(folder: Folder, parentId: MailboxId | null): boolean;
}

export function useFolderDeeds(): FolderDeeds {
  return useMail().folderDeeds;
}

type Place = Pick<MailView, "account" | "store" | "folder" | "openFolder" | "deeds" | "setProblem" | "setDialog"> & { readonly nameOf: NameOf };

/** What people do to folders, with undo; what is refused is said in the page. */
export function deedsOnFolders({ account, store, folder: open, openFolder, deeds, setProblem, setDialog, nameOf }: Place): FolderDeeds {
  const lies = (folder: Folder, id: MailboxId): boolean => folder.id === id || below(account, id).includes(folder.id);
  const said = (folder: Folder, parentId: MailboxId | null): string => {
    const { name } = folder;
    const target = nameOf(parentId === null ? undefined : account.mailboxes.get(parentId));
    const isTrash = parentId !== null && account.mailboxes.get(parentId)?.role === "trash";
    if (isTrash) return t`Folder “${name}” deleted`;
    return parentId === null ? t`Folder “${name}” moved to the top` : t`Folder “${name}” moved to “${target}”`;
  };
  const carry = (folder: Folder, parentId: MailboxId | null): void => {
    const { id, name, parentId: before } = folder;
    moveFolder(account, folder, parentId).then((now) => {
      offerUndo(said(folder, parentId), () => {
        changeFolder(account, id, now === name ? { parentId: before } : { parentId: before, name }).catch(setProblem);
      });
    }, setProblem);
  };
  const here = { account, store, deeds, setProblem };
  return {
    create: async (name, parentId) => { openFolder(await createFolder(account, name, parentId)); },
    rename: async ({ id, name: before }, name) => {
      await changeFolder(account, id, { name });
      offerUndo(t`Folder renamed to “${name}”`, () => { changeFolder(account, id, { name: before }).catch(setProblem); });
    },
    move: carry,
    remove: (folder) => {
      const trash = byRole(account.mailboxes.all(), "trash");
      if (!trash || lies(folder, trash.id)) setDialog({ kind: "folder-destroy", folder });
      else carry(folder, trash.id);
    },
    destroy: (folder) => {
      const inbox = byRole(account.mailboxes.all(), "inbox");
      if (open && inbox && lies(open, folder.id)) openFolder(inbox.id);
      destroyFolder(account, folder.id).catch(setProblem);
    },
    empty: (folder) => { import("./wholeFolders").then(({ emptyFolder }) => emptyFolder(here, folder, nameOf(folder))).catch(setProblem); },
    markRead: (folder) => { import("./wholeFolders").then(({ markFolderRead }) => markFolderRead(here, folder)).catch(setProblem); },
    mayLieIn: (folder, parentId) => {
      if (folder.role !== null || folder.parentId === parentId || folder.id === parentId) return false;
      return parentId === null || !below(account, folder.id).includes(parentId);
    },
  };
}

/** The same, for the one mailbox that is open. */
export function useDeedsOnFolders({ account, store, folder, openFolder, deeds, setProblem, setDialog }: Omit<Place, "nameOf">): FolderDeeds {
  const nameOf = useNameOf();
  return useMemo(
    () => deedsOnFolders({ account, store, folder, openFolder, deeds, setProblem, setDialog, nameOf }),
    [account, store, folder, openFolder, deeds, setProblem, setDialog, nameOf],
  );
}
