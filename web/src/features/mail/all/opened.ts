/** The folders that all mailboxes have, by their role: in an address, and by name. */
import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import type { Role } from "@/jmap";
import type { RoleNames } from "../text/names";

export const ROLES: readonly Role[] = ["inbox", "drafts", "sent", "archive", "junk", "trash"];

export function roleOf(folderId: string | undefined): Role {
  return ROLES.find((role) => role === folderId) ?? "inbox";
}

/** What the folders of a role are called: each, and those of all mailboxes together. */
export function useRoleNames(): RoleNames {
  const { t } = useLingui();
  return useMemo(() => ({
    inbox: t`Inbox`, drafts: t`Drafts`, sent: t`Sent`, archive: t({ message: "Archive", context: "folder" }), junk: t({ message: "Junk", context: "folder" }), trash: t({ message: "Deleted", context: "folder" }),
  }), [t]);
}
