import { useLingui } from "@lingui/react/macro";
import { ChevronDown, ChevronRight } from "lucide-react";
import type { DragEvent, KeyboardEvent } from "react";
import { useState } from "react";
import { useDates } from "@/i18n";
import type { Mailbox } from "@/jmap";
import { cx } from "@/ui";
import { tellCutText } from "../state/cut";
import { areOf, carriesEmails, draggedEmails, draggedFolder, startFolderDrag } from "../state/drag";
import { useMail } from "../state/mail";
import { useNameOf } from "../state/useNameOf";
import { useFolderDeeds } from "../state/useFolderDeeds";
import type { FolderNode } from "../text/names";
import { takesMessages } from "../text/names";
import { FolderIcon } from "./FolderIcon";
import { FolderMenu } from "./FolderMenu";

export interface FolderRowProps {
  readonly node: FolderNode;
  /** From 1. */
  readonly depth: number;
  readonly isFolded: boolean;
  readonly isFocusable: boolean;
  readonly onFold: (on: boolean) => void;
}

/** One folder: opens on press, takes dropped messages, shows what is unread (drafts: all). */
export function FolderRow({ node: { mailbox, children }, depth, isFolded, isFocusable, onFold }: FolderRowProps) {
  const { t } = useLingui();
  const { count } = useDates();
  const { account, folder, openFolder, rowDeeds, mayWrite, setDialog } = useMail();
  const folderDeeds = useFolderDeeds();
  const nameOf = useNameOf();
  const [isOver, setOver] = useState(false);
  const [isForeign, setForeign] = useState(false);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const isCurrent = folder?.id === mailbox.id;
  const number = mailbox.role === "drafts" ? mailbox.totalEmails : mailbox.unreadEmails;
  const comingFolder = (event: DragEvent): Mailbox | undefined => {
    const one = mayWrite ? draggedFolder(event.dataTransfer) : null;
    const coming = one?.account === account.id ? account.mailboxes.get(one.folder) : undefined;
    return coming && folderDeeds.mayLieIn(coming, mailbox.id) ? coming : undefined;
  };
  const mayDrop = (event: DragEvent): boolean =>
    (mayWrite && !isCurrent && takesMessages(mailbox) && carriesEmails(event.dataTransfer) && areOf(account.id)) || comingFolder(event) !== undefined;
  const drop = (event: DragEvent): void => {
    const coming = comingFolder(event);
    if (coming) folderDeeds.move(coming, mailbox.id);
    else rowDeeds.move(draggedEmails(event.dataTransfer), mailbox.id);
  };
  const onKey = (event: KeyboardEvent): void => {
    const isMenu = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
    const isOwn = mailbox.role === null;
    if (event.target !== event.currentTarget) return; // a line of the menu
    if (event.key === "Enter" || event.key === " ") open();
    else if (isMenu) setMenuOpen(true);
    else if (mayWrite && isOwn && event.key === "F2") setDialog({ kind: "folder-name", parentId: mailbox.parentId, folder: mailbox });
    else if (event.key === "Delete") { if (mayWrite && isOwn) folderDeeds.remove(mailbox); }
    else return;
    event.preventDefault(); // Delete, too: here it is about the folder, never about the message being read
  };
  const open = (): void => {
    setDialog(null);
    openFolder(mailbox.id);
  };
  return (
    <div
      role="treeitem" aria-level={depth} aria-selected={isCurrent} aria-expanded={children.length > 0 ? !isFolded : undefined}
      tabIndex={isFocusable ? 0 : -1}
      onPointerEnter={tellCutText}
      onClick={(event) => { event.currentTarget.blur(); open(); }} // a pointer goes on to the list, a key stays in the tree
      onKeyDown={onKey} onContextMenu={(event) => { event.preventDefault(); setMenuOpen(true); }}
      draggable={mayWrite && mailbox.role === null} onDragStart={(event) => { event.stopPropagation(); startFolderDrag(event.dataTransfer, { account: account.id, folder: mailbox.id }, mailbox.name); }}
      onDragOver={(event) => {
        if (mayDrop(event)) { event.preventDefault(); event.dataTransfer.dropEffect = "move"; setOver(true); }
        setForeign(carriesEmails(event.dataTransfer) && !areOf(account.id));
      }}
      onDragLeave={() => { setOver(false); setForeign(false); }}
      onDrop={(event) => { if (!mayDrop(event)) return; event.preventDefault(); setOver(false); drop(event); }}
      style={{ paddingLeft: `${String(4 + (depth - 1) * 14)}px` }}
      className={cx(
        "group relative flex min-h-8 compact:min-h-6 touch:min-h-11 cursor-pointer items-center gap-1.5 rounded-md pr-2 text-list select-none -outline-offset-2",
        isCurrent ? "bg-selected font-medium text-accent" : "hover:bg-hover",
        isOver && "bg-selected outline-2 outline-accent",
      )}
    >
      <span
        role="presentation" title={children.length > 0 ? (isFolded ? t`Unfold` : t`Fold`) : undefined}
        onClick={(event) => { if (children.length > 0) { event.stopPropagation(); onFold(!isFolded); } }}
        className={cx("flex size-5 shrink-0 items-center justify-center rounded-sm text-muted", children.length > 0 ? "hover:bg-border" : "invisible")}
      >
        {isFolded ? <ChevronRight size={14} aria-hidden /> : <ChevronDown size={14} aria-hidden />}
      </span>
      <span className={cx("shrink-0", !isCurrent && "text-muted")}><FolderIcon role={mailbox.role} /></span>
      <bdi className={cx("min-w-0 grow truncate text-left", number > 0 && mailbox.role !== "drafts" && "font-semibold")}>{isForeign ? <span className="font-normal text-warning">{t`Only mail of this mailbox`}</span> : nameOf(mailbox) || t`(no name)`}</bdi>
      {number > 0 && (
        <span className={cx("tabular shrink-0 text-fine text-muted group-hover:invisible touch:visible", isMenuOpen && "invisible")}>{count(number)}</span>
      )}
      <span
        role="presentation" className="absolute inset-y-0 right-1 flex items-center touch:static"
        onClick={(event) => { event.stopPropagation(); }} // a line of the menu is no press on the folder
      >
        <FolderMenu folder={mailbox} isOpen={isMenuOpen} onOpen={setMenuOpen} />
      </span>
    </div>
  );
}
