/** The folders that all mailboxes have, by their role: in an address. */
import type { Role } from "@/jmap";

export const ROLES: readonly Role[] = ["inbox", "drafts", "sent", "archive", "junk", "trash"];

export function roleOf(folderId: string | undefined): Role {
  return ROLES.find((role) => role === folderId) ?? "inbox";
}
