import { Archive, FileText, Folder, Inbox, Send, ShieldBan, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import type { Role } from "@/jmap";

const icons: Readonly<Record<Role, ReactNode>> = {
  inbox: <Inbox size={16} aria-hidden />, drafts: <FileText size={16} aria-hidden />, sent: <Send size={16} aria-hidden />,
  archive: <Archive size={16} aria-hidden />, junk: <ShieldBan size={16} aria-hidden />, trash: <Trash2 size={16} aria-hidden />,
};

/** The picture of a folder's purpose, or of a folder. */
export function FolderIcon({ role }: { readonly role: Role | null }) {
  return role ? icons[role] : <Folder size={16} aria-hidden />;
}
