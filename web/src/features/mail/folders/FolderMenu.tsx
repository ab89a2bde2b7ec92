import { useLingui } from "@lingui/react/macro";
import { BookmarkMinus, BookmarkPlus, CheckCheck, Ellipsis, FolderInput, FolderPlus, FolderX, Pencil, Trash2 } from "lucide-react";
import type { Mailbox } from "@/jmap";
import { IconButton, Menu, MenuItem, MenuSeparator, cx } from "@/ui";
import { useMail } from "../state/mail";
import { useFolderDeeds } from "../state/useFolderDeeds";

export interface FolderMenuProps {
  readonly folder: Mailbox;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
}

/** What can be done with one folder; folders with a purpose stay as they are. */
export function FolderMenu({ folder, isOpen, onOpen }: FolderMenuProps) {
  const { t } = useLingui();
  const { setDialog, favourites, mayWrite } = useMail();
  const deeds = useFolderDeeds();
  const isOwn = folder.role === null && mayWrite;
  const isFavourite = favourites.isOne(folder.id);
  const mayEmpty = mayWrite && folder.totalEmails > 0 && folder.role !== "drafts";
  return (
    <Menu
      isOpen={isOpen} onOpenChange={onOpen}
      trigger={(
        <IconButton
          label={t`Folder actions`} icon={<Ellipsis size={16} aria-hidden />} tabIndex={-1} tooltipSide="right"
          className={cx("size-6 touch:-mr-1.5 touch:size-11", !isOpen && "opacity-0 group-focus-visible:opacity-100 group-hover:opacity-100 touch:opacity-100")}
        />
      )}
    >
      <MenuItem icon={isFavourite ? <BookmarkMinus size={16} aria-hidden /> : <BookmarkPlus size={16} aria-hidden />} onSelect={() => { favourites.toggle(folder); }}>
        {isFavourite ? t`Remove from the favourites` : t`Add to the favourites`}
      </MenuItem>
      {mayWrite && <MenuSeparator />}
      {mayWrite && <MenuItem icon={<FolderPlus size={16} aria-hidden />} onSelect={() => { setDialog({ kind: "folder-name", parentId: folder.id, folder: null }); }}>{t`New folder in it`}</MenuItem>}
      {isOwn && <MenuItem icon={<Pencil size={16} aria-hidden />} shortcut="F2" onSelect={() => { setDialog({ kind: "folder-name", parentId: folder.parentId, folder }); }}>{t`Rename`}</MenuItem>}
      {isOwn && <MenuItem icon={<FolderInput size={16} aria-hidden />} onSelect={() => { setDialog({ kind: "folder-move", folder }); }}>{t`Move`}</MenuItem>}
      {mayWrite && (folder.unreadEmails > 0 || mayEmpty || isOwn) && <MenuSeparator />}
      {mayWrite && folder.unreadEmails > 0 && <MenuItem icon={<CheckCheck size={16} aria-hidden />} onSelect={() => { deeds.markRead(folder); }}>{t`Mark all as read`}</MenuItem>}
      {mayEmpty && <MenuItem icon={<FolderX size={16} aria-hidden />} onSelect={() => { setDialog({ kind: "folder-empty", folder }); }}>{t`Empty`}</MenuItem>}
      {isOwn && <MenuItem icon={<Trash2 size={16} aria-hidden />} shortcut={t`Del`} tone="danger" onSelect={() => { deeds.remove(folder); }}>{t`Delete`}</MenuItem>}
    </Menu>
  );
}
