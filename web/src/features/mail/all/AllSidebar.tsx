import { Trans, useLingui } from "@lingui/react/macro";
import { ChevronDown, ChevronRight, SquarePen } from "lucide-react";
import type { DragEvent, KeyboardEvent } from "react";
import { useRef, useState } from "react";
import { useDates } from "@/i18n";
import type { Role } from "@/jmap";
import type { AssignedMailbox } from "@/store";
import { byRole } from "@/store";
import { Button, IconButton, Menu, MenuItem, MenuLabel, cx } from "@/ui";
import { FavouriteRows } from "../folders/FavouriteRows";
import { FolderTree } from "../folders/FolderTree";
import { FolderIcon } from "../folders/FolderIcon";
import { Heading } from "../folders/Heading";
import { ReadOnly } from "../folders/IdentityMenu";
import { NotAccepted } from "../folders/Sidebar";
import { SyncLine } from "../folders/SyncLine";
import { MarkDot } from "../list/Mark";
import { tellCutText } from "../state/cut";
import { carriesEmails, draggedEmails } from "../state/drag";
import { MailContext } from "../state/mail";
import { useRoleNames } from "../state/useNameOf";
import { ROLES } from "./opened";
import type { AllPart } from "./parts";
import type { AllView } from "./useAllView";

/** What the person likes best, the folders that all mailboxes have, each of them as one, and below them every mailbox with its own. */
export function AllSidebar({ all }: { readonly all: AllView }) {
  return (
    <div className="pb-4">
      <Write all={all} />
      <Unified all={all} />
      <h2 className="px-2 pt-3 pb-1 text-fine font-medium text-muted"><Trans>Mailboxes</Trans></h2>
      <ul>
        {all.parts.map((part) => <OneMailbox key={part.account.id} all={all} part={part} />)}
        {all.waiting.map((mailbox) => <WaitingMailbox key={mailbox.id} all={all} mailbox={mailbox} />)}
      </ul>
    </div>
  );
}

/** Begins a letter; with several mailboxes to write from, the menu beside it tells which, and changes it. */
function Write({ all: { view, parts, writer, viewIn, writeFrom } }: { readonly all: AllView }) {
  const { t } = useLingui();
  if (!writer) return null;
  const writable = parts.filter((part) => viewIn(part).writing.isPossible);
  const from = writer.mailbox.address;
  return (
    <div className="mt-2">
      <div className="flex gap-px">
        <Button variant="primary" icon={<SquarePen size={16} aria-hidden />} aria-keyshortcuts="c" onClick={view.writing.write} className={cx("grow", writable.length > 1 && "rounded-r-none")}>{t`Write`}</Button>
        {writable.length > 1 && (
          <Menu align="end" trigger={<Button variant="primary" aria-label={t`Choose the mailbox to write from`} className="rounded-l-none px-2"><ChevronDown size={16} aria-hidden /></Button>}>
            <MenuLabel>{t`Write from`}</MenuLabel>
            {writable.map((part) => (
              <MenuItem key={part.account.id} icon={<MarkDot tone={part.mark.tone} />} onSelect={() => { writeFrom(part); }}>{part.mailbox.address}</MenuItem>
            ))}
          </Menu>
        )}
      </div>
      <p className="truncate px-2 pt-1 text-fine text-muted" title={from}>{t`from ${from}`}</p>
    </div>
  );
}

/** Arrow keys walk, Enter opens; what is dropped goes into the folder of its own mailbox. */
function Unified({ all }: { readonly all: AllView }) {
  const { t } = useLingui();
  const { count } = useDates();
  const { view, folders } = all;
  const names = useRoleNames();
  const tree = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState("");
  const open = view.search === null || view.search.scope === "here" ? all.role : null;
  const rows = ROLES.flatMap((role) => {
    const own = folders.flatMap((each) => byRole(each, role) ?? []);
    const number = own.reduce((sum, folder) => sum + (role === "drafts" ? folder.totalEmails : folder.unreadEmails), 0);
    return own.length > 0 ? [{ role, number }] : [];
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey) return; // moves a favourite
    const items = [...(tree.current?.querySelectorAll<HTMLElement>("[role=treeitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    items[to]?.focus();
    event.preventDefault();
  };
  return (
    <>
      <div ref={tree} role="tree" aria-label={t`Folders of all mailboxes`} tabIndex={-1} onKeyDown={onKeyDown} className="mt-2 flex flex-col">
        <FavouriteRows here={null} onSay={setSaid} />
        {view.favourites.shown.length > 0 && <Heading>{t`All mailboxes`}</Heading>}
        {rows.map(({ role, number }, at) => (
          <UnifiedRow
            key={role} all={all} role={role} name={names[role]} number={number} text={count(number)} isCurrent={all.role === role && open !== null}
            isFocusable={open === null ? at === 0 : all.role === role}
          />
        ))}
      </div>
      <span role="status" className="sr-only">{said}</span>
    </>
  );
}

interface UnifiedRowProps {
  readonly all: AllView;
  readonly role: Role;
  readonly name: string;
  readonly number: number;
  readonly text: string;
  readonly isCurrent: boolean;
  readonly isFocusable: boolean;
}

function UnifiedRow({ all: { view }, role, name, number, text, isCurrent, isFocusable }: UnifiedRowProps) {
  const [isOver, setOver] = useState(false);
  const takes = role !== "drafts" && role !== "sent";
  const mayDrop = (event: DragEvent): boolean => takes && !isCurrent && carriesEmails(event.dataTransfer);
  const open = (): void => {
    view.setDialog(null);
    view.openRole(role);
  };
  const drop = (event: DragEvent): void => {
    const ids = draggedEmails(event.dataTransfer);
    if (role === "trash") view.rowDeeds.remove(ids);
    else if (role === "archive" || role === "junk" || role === "inbox") view.rowDeeds.moveToRole(ids, role);
  };
  return (
    <div
      role="treeitem" aria-level={1} aria-selected={isCurrent} tabIndex={isFocusable ? 0 : -1}
      onClick={(event) => { event.currentTarget.blur(); open(); }} // a pointer goes on to the list, a key stays in the tree
      onKeyDown={(event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); } }}
      onDragOver={(event) => { if (mayDrop(event)) { event.preventDefault(); event.dataTransfer.dropEffect = "move"; setOver(true); } }}
      onDragLeave={() => { setOver(false); }}
      onDrop={(event) => { if (!mayDrop(event)) return; event.preventDefault(); setOver(false); drop(event); }}
      className={cx(
        "flex min-h-8 compact:min-h-6 touch:min-h-11 cursor-pointer items-center gap-1.5 rounded-md pr-2 pl-2.5 text-list select-none -outline-offset-2",
        isCurrent ? "bg-selected font-medium text-accent" : "hover:bg-hover", isOver && "bg-selected outline-2 outline-accent",
      )}
    >
      <span className={cx("shrink-0", !isCurrent && "text-muted")}><FolderIcon role={role} /></span>
      <span className={cx("min-w-0 grow truncate", number > 0 && role !== "drafts" && "font-semibold")}>{name}</span>
      {number > 0 && <span className="tabular shrink-0 text-fine text-muted">{text}</span>}
    </div>
  );
}

/** One of the mailboxes: a press opens it, the arrow shows its folders, onto which its own mail can be dragged. */
function OneMailbox({ all, part }: { readonly all: AllView; readonly part: AllPart }) {
  const { t } = useLingui();
  const { count } = useDates();
  const [isUnfolded, setUnfolded] = useState(false);
  const { view: { store }, accounts, folders } = all;
  const { account, mailbox, mark: { name, tone } } = part;
  const unread = byRole(folders[accounts.indexOf(account)] ?? [], "inbox")?.unreadEmails ?? 0;
  const Chevron = isUnfolded ? ChevronDown : ChevronRight;
  const view = all.viewIn(part);
  const openSync = mailbox.type === "local" ? {} : { onOpen: () => { view.setDialog({ kind: "sync" }); } };
  return (
    <li>
      <div className="flex items-center rounded-md hover:bg-hover">
        <IconButton
          label={isUnfolded ? t`Hide the folders of ${name}` : t`Show the folders of ${name}`} aria-expanded={isUnfolded} className="size-7 touch:size-11"
          icon={<Chevron size={14} aria-hidden />} tooltipSide="right" onClick={() => { setUnfolded(!isUnfolded); }}
        />
        <button
          type="button" onPointerEnter={tellCutText} onClick={() => { all.openMailbox(mailbox.id); }}
          className="flex min-h-8 min-w-0 grow touch:min-h-11 items-center gap-2 rounded-md py-1 pr-2 text-left text-list -outline-offset-2"
        >
          <MarkDot tone={tone} />
          <span className="min-w-0 grow">
            <bdi className={cx("block truncate", unread > 0 && "font-semibold")}>{name}</bdi>
            {mailbox.level === "read" && <ReadOnly />}
          </span>
          {unread > 0 && <span className="tabular shrink-0 text-fine text-muted">{count(unread)}</span>}
        </button>
      </div>
      <MailContext value={view}>
        <div className="pl-5">
          <SyncLine store={store} mailbox={mailbox} account={account} isSilentWhenGood {...openSync} />
          <NotAccepted />
        </div>
      </MailContext>
      {isUnfolded && <MailContext value={{ ...view, folder: null }}><div className="pl-3"><FolderTree hasFavourites={false} /></div></MailContext>}
    </li>
  );
}

/** A mailbox of which nothing is here, because nobody has signed in: a press leads there. */
function WaitingMailbox({ all, mailbox }: { readonly all: AllView; readonly mailbox: AssignedMailbox }) {
  return (
    <li>
      <button
        type="button" onPointerEnter={tellCutText} onClick={() => { all.openMailbox(mailbox.id); }}
        className="block min-h-8 w-full rounded-md py-1 pr-2 pl-7 text-left text-list -outline-offset-2 hover:bg-hover touch:min-h-11 touch:pl-11"
      >
        <bdi className="block truncate text-muted">{mailbox.name || mailbox.address}</bdi>
      </button>
      <div className="pl-5"><SyncLine store={all.view.store} mailbox={mailbox} account={undefined} /></div>
    </li>
  );
}
