import { Trans, useLingui } from "@lingui/react/macro";
import { BookmarkMinus, ChevronDown, ChevronUp, Ellipsis } from "lucide-react";
import type { DragEvent, KeyboardEvent } from "react";
import { useRef, useState } from "react";
import { useDates } from "@/i18n";
import type { AccountId } from "@/jmap";
import { IconButton, Menu, MenuItem, MenuSeparator, cx } from "@/ui";
import { areOf, carriesEmails, draggedEmails, draggedFavourite, draggedFolder, startFavouriteDrag } from "../state/drag";
import type { MailView } from "../state/mail";
import { useListView } from "../state/mail";
import { useCountedAnywhere } from "../state/hooks";
import type { ShownFavourite } from "../state/useFavourites";
import { useNameOf } from "../state/useNameOf";
import { takesMessages } from "../text/names";
import { FolderIcon } from "./FolderIcon";
import { Heading } from "./Heading";

export interface FavouriteRowsProps {
  /** The open mailbox; null: all of them. */
  readonly here: Pick<MailView, "mailbox" | "folder"> | null;
  readonly onSay: (words: string) => void;
}

/** Favourite folders of all mailboxes, on top of the tree: dragged, or moved by Alt and an arrow. */
export function FavouriteRows({ here, onSay }: FavouriteRowsProps) {
  const { t } = useLingui();
  const { favourites } = useListView();
  const { shown, moveTo } = favourites;
  const nameOf = useNameOf();
  const group = useRef<HTMLDivElement>(null);
  const isOfSeveral = shown.some((each) => each.mailbox.id !== here?.mailbox.id);
  /** A favourite, or where there is none any more the tree's own row. */
  const focusOn = (place: number): void => {
    requestAnimationFrame(() => {
      const row = group.current?.querySelectorAll<HTMLElement>("[role=treeitem]")[place];
      (row ?? group.current?.closest("[role=tree]")?.querySelector<HTMLElement>("[tabindex='0']"))?.focus();
    });
  };
  const move = (from: number, to: number): void => {
    const one = shown[from];
    if (!one || to < 0 || to >= shown.length || to === from) return;
    moveTo(one.favourite, to);
    const [name, place, count] = [nameOf(one.folder), to + 1, shown.length];
    onSay(t`${name}: place ${place} of ${count}`);
    focusOn(to); // the row that moved in the page has lost the keyboard
  };
  const remove = (place: number): void => {
    const one = shown[place];
    if (!one) return;
    favourites.remove(one);
    focusOn(Math.min(place, shown.length - 2));
  };
  return (
    <div ref={group} role="presentation">
      {shown.length > 0 && <Heading><Trans>Favourites</Trans></Heading>}
      {shown.map((one, place) => (
        <FavouriteRow key={`${one.favourite.account}/${one.favourite.folder}`} one={one} here={here} place={place} count={shown.length} saysMailbox={isOfSeveral} onMove={(to, from = place) => { move(from, to); }} onRemove={() => { remove(place); }} />
      ))}
    </div>
  );
}

interface FavouriteRowProps {
  readonly one: ShownFavourite;
  readonly here: FavouriteRowsProps["here"];
  readonly place: number;
  readonly count: number;
  /** Which mailbox it lies in would not be clear. */
  readonly saysMailbox: boolean;
  /** Put this one, or the one at `from`, there. */
  readonly onMove: (to: number, from?: number) => void;
  readonly onRemove: () => void;
}

function FavouriteRow({ one: { favourite, folder, mailbox, owner }, here, place, count: total, saysMailbox, onMove, onRemove }: FavouriteRowProps) {
  const { t } = useLingui();
  const { count } = useDates();
  const view = useListView();
  const name = useNameOf()(folder);
  const { favourites, rowDeeds, setDialog } = view;
  const [isOver, setOver] = useState(false);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const isHere = mailbox.id === here?.mailbox.id;
  const isCurrent = isHere && here?.folder?.id === folder.id;
  const takesRows = mailbox.level !== "read" && !isCurrent && takesMessages(folder);
  const counted = useCountedAnywhere(view.store, favourite);
  const number = (folder.role === "drafts" ? counted?.totalEmails : counted?.unreadEmails) ?? 0;
  const open = (): void => {
    setDialog(null);
    favourites.open(favourite);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return; // a line of the menu
    const by = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
    if (by !== undefined) onMove(place + by);
    else if (event.altKey) return;
    else if (event.key === "Enter" || event.key === " ") open();
    else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) setMenuOpen(true);
    else if (event.key === "Delete") onRemove();
    else return;
    event.preventDefault();
  };
  const takesMail = (event: DragEvent): boolean => takesRows && carriesEmails(event.dataTransfer) && (view.isMerged ? areOf(favourite.account as AccountId) : isHere);
  const mayDrop = (event: DragEvent): boolean => takesMail(event) || draggedFavourite(event.dataTransfer) !== null || draggedFolder(event.dataTransfer) !== null;
  const drop = (event: DragEvent): void => {
    const from = draggedFavourite(event.dataTransfer);
    const coming = draggedFolder(event.dataTransfer);
    if (from !== null) onMove(place, from);
    else if (coming !== null) view.store.favourites.put(coming, favourite).catch(view.setProblem);
    else rowDeeds.move(draggedEmails(event.dataTransfer), folder.id);
  };
  return (
    <div
      role="treeitem" aria-level={1} aria-selected={isCurrent} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown" tabIndex={-1} draggable
      onClick={(event) => { event.currentTarget.blur(); open(); }} // a pointer goes on to the list, a key stays in the tree
      onKeyDown={onKey} onContextMenu={(event) => { event.preventDefault(); setMenuOpen(true); }}
      onDragStart={(event) => { event.stopPropagation(); startFavouriteDrag(event.dataTransfer, place, name); }}
      onDragOver={(event) => { if (mayDrop(event)) { event.preventDefault(); event.dataTransfer.dropEffect = "move"; setOver(true); } }}
      onDragLeave={() => { setOver(false); }}
      onDrop={(event) => { if (!mayDrop(event)) return; event.preventDefault(); setOver(false); drop(event); }}
      className={cx(
        "group relative flex min-h-8 compact:min-h-6 touch:min-h-11 cursor-pointer items-center gap-1.5 rounded-md pr-2 pl-2 text-list select-none -outline-offset-2",
        isCurrent ? "bg-selected font-medium text-accent" : "hover:bg-hover",
        isOver && "bg-selected outline-2 outline-accent",
      )}
    >
      <span className={cx("shrink-0", !isCurrent && "text-muted")}><FolderIcon role={folder.role} /></span>
      <span className="flex min-w-0 grow items-baseline gap-1.5">
        <bdi className={cx("min-w-0 shrink-0 max-w-full truncate text-left", number > 0 && folder.role !== "drafts" && "font-semibold")}>{name || t`(no name)`}</bdi>
        {saysMailbox && <bdi className="min-w-0 truncate text-fine font-normal text-muted">{owner}</bdi>}
      </span>
      {number > 0 && <span className={cx("tabular shrink-0 text-fine text-muted group-hover:invisible touch:visible", isMenuOpen && "invisible")}>{count(number)}</span>}
      <span role="presentation" className="absolute inset-y-0 right-1 flex items-center touch:static" onClick={(event) => { event.stopPropagation(); }}>
        <Menu
          isOpen={isMenuOpen} onOpenChange={setMenuOpen}
          trigger={(
            <IconButton
              label={t`Favourite: actions`} icon={<Ellipsis size={16} aria-hidden />} tabIndex={-1} tooltipSide="right"
              className={cx("size-6 touch:-mr-1.5 touch:size-11", !isMenuOpen && "opacity-0 group-focus-visible:opacity-100 group-hover:opacity-100 touch:opacity-100")}
            />
          )}
        >
          <MenuItem icon={<ChevronUp size={16} aria-hidden />} shortcut={t`Alt ↑`} isDisabled={place === 0} onSelect={() => { onMove(place - 1); }}>{t`Move up`}</MenuItem>
          <MenuItem icon={<ChevronDown size={16} aria-hidden />} shortcut={t`Alt ↓`} isDisabled={place === total - 1} onSelect={() => { onMove(place + 1); }}>{t`Move down`}</MenuItem>
          <MenuSeparator />
          <MenuItem icon={<BookmarkMinus size={16} aria-hidden />} shortcut={t`Del`} onSelect={onRemove}>{t`Remove from the favourites`}</MenuItem>
        </Menu>
      </span>
    </div>
  );
}
