import { useLingui } from "@lingui/react/macro";
import { useCallback, useMemo } from "react";
import type { Folder } from "@/jmap";
import type { RoleNames } from "../text/names";
import { nameOf } from "../text/names";

/** What the folders of a role are called: each, and those of all mailboxes together. */
export function useRoleNames(): RoleNames {
  const { t } = useLingui();
  return useMemo(() => ({
    inbox: t`Inbox`, drafts: t`Drafts`, sent: t`Sent`, archive: t({ message: "Archive", context: "folder" }), junk: t({ message: "Junk", context: "folder" }), trash: t({ message: "Deleted", context: "folder" }),
  }), [t]);
}

/** Says what a folder is called on the page; "" of one that is not there. */
export type NameOf = (folder: Pick<Folder, "name" | "role" | "parentId"> | undefined) => string;

/** The same function until the language is another one. */
export function useNameOf(): NameOf {
  const words = useRoleNames();
  return useCallback((folder) => (folder ? nameOf(folder, words) : ""), [words]);
}

/** What one folder is called; "" where there is none. */
export function useFolderName(folder: Folder | null): string {
  return useNameOf()(folder ?? undefined);
}
