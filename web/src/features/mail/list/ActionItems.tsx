import { Archive, FileCode, FolderInput, Forward, Mail, MailOpen, Printer, Reply, ReplyAll, ShieldBan, SquareArrowOutUpRight, Star, Trash2, Download, Tag } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import { Fragment } from "react";
import { MenuItem, MenuSeparator } from "@/ui";
import { actionWord } from "../state/actionWords";
import type { Action, ActionId } from "../state/actions";
import { ACTIONS, isInMenu } from "../state/actions";
import type { ListView } from "../state/mail";
import { shortcut } from "../text/keys";

export interface ActionItemsProps {
  readonly view: ListView;
  /** With a line between. */
  readonly groups: readonly (readonly ActionId[])[];
}

/** Lines of a menu for those of these actions that make sense here. */
export function ActionItems({ view, groups }: ActionItemsProps) {
  return groups.map((ids) => ids.filter((id) => isInMenu(id, view))).filter((ids) => ids.length > 0).map((ids, at) => (
    <Fragment key={ids[0]}>
      {at > 0 && <MenuSeparator />}
      {ids.map((id) => <ActionItem key={id} id={id} view={view} />)}
    </Fragment>
  ));
}

const icons: Readonly<Partial<Record<ActionId, LucideIcon>>> = {
  open: SquareArrowOutUpRight, reply: Reply, replyAll: ReplyAll, forward: Forward, archive: Archive, remove: Trash2, move: FolderInput, junk: ShieldBan,
  markRead: MailOpen, markUnread: Mail, flag: Star, categorise: Tag, print: Printer, original: FileCode, download: Download,
};

function ActionItem({ id, view }: { readonly id: ActionId; readonly view: ListView }) {
  const Icon = icons[id];
  const { run, keys }: Action = ACTIONS[id];
  return (
    <MenuItem icon={Icon && <Icon size={16} aria-hidden />} shortcut={shortcut(id)} tone={id === "remove" ? "danger" : "normal"} onSelect={() => { run?.(view, keys[0] ?? ""); }}>
      {actionWord(id, view)}
    </MenuItem>
  );
}
