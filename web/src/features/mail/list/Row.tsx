import { Mail, MailOpen, Trash2 } from "lucide-react";
import { memo, useMemo } from "react";
import type { Email, Folder } from "@/jmap";
import type { AccountStore, Snippets } from "@/store";
import { foldersOf, hasKeyword } from "@/store";
import { Skeleton, cx } from "@/ui";
import { useEmail, useThread } from "../state/hooks";
import type { Column } from "../state/prefs";
import type { ThreadSummary } from "../text/threads";
import { summaryOf } from "../text/threads";
import { LineRow } from "./LineRow";
import { TableRow } from "./TableRow";

export interface RowProps {
  readonly account: AccountStore;
  /** The message's in that account. */
  readonly id: string;
  /** From 0. */
  readonly index: number;
  /** Its message is the one being read. */
  readonly isOpen: boolean;
  /** Keys go on from here. */
  readonly isCursor: boolean;
  readonly isTicked: boolean;
  /** Others are ticked: every row offers its box. */
  readonly hasTicks: boolean;
  /** Without it a row offers nothing but reading. */
  readonly mayWrite: boolean;
  readonly isDraggable: boolean;
  /** Where it lies; null: anywhere, and the row says so. */
  readonly folder: Folder | null;
  /** It stands for all of its thread. */
  readonly isThreaded: boolean;
  /** The mailbox's own. */
  readonly address: string;
  /** Where mailboxes stand side by side: what this one is called; null elsewhere. */
  readonly markName: string | null;
  readonly markTone: number;
  /** Where the words of a search were found. */
  readonly snippets: Snippets | null;
  readonly now: Date;
  /** Of a table; null: in lines. */
  readonly columns: readonly Column[] | null;
  readonly isCompact: boolean;
  readonly height: number;
  readonly top: number;
}

/**
 * One message of the list, or one thread. Presses are handled by the list, which finds the
 * row by `data-index` and the part by `data-part`.
 */
export const Row = memo(function Row(props: RowProps) {
  const { account, id, index, isOpen, isCursor, isTicked, mayWrite, isDraggable, columns, height, top } = props;
  const email = useEmail(account, id);
  const thread = useSummary(props, email);
  const isUnread = thread ? thread.isUnread : email ? !hasKeyword(email, "$seen") : false;
  const isHigh = email?.["poststelle:importance"] === "high";
  return (
    <div
      id={`row-${String(index)}`} role="row" aria-rowindex={rowIndex(index, columns)} aria-selected={mayWrite ? isTicked : undefined} data-index={index}
      draggable={isDraggable && email !== undefined}
      style={{ height: `${String(height)}px`, transform: `translateY(${String(top)}px)` }}
      className="group absolute inset-x-0 top-0 touch-pan-y overflow-hidden data-[swipe=left]:bg-danger data-[swipe=right]:bg-accent"
    >
      <span aria-hidden className="absolute inset-y-0 left-5 hidden items-center text-on-accent group-data-[swipe=right]:flex">
        {isUnread ? <MailOpen size={18} /> : <Mail size={18} />}
      </span>
      <span aria-hidden className="absolute inset-y-0 right-5 hidden items-center text-on-danger group-data-[swipe=left]:flex">
        <Trash2 size={18} />
      </span>
      <div
        data-slide
        className={cx(
          "relative flex h-full cursor-pointer items-stretch border-b border-border pr-3",
          isOpen ? "bg-selected" : isTicked ? "bg-info-surface" : isHigh && isUnread ? "bg-priority-high-surface" : "bg-surface hover:bg-hover",
          isCursor && "shadow-[inset_3px_0_0_var(--accent)]",
        )}
      >
        {!email ? <Blank isLine={columns !== null || props.isCompact} />
          : columns ? <TableRow {...props} columns={columns} email={email} thread={thread} isUnread={isUnread} isHigh={isHigh} />
            : <LineRow {...props} email={email} thread={thread} isUnread={isUnread} isHigh={isHigh} />}
      </div>
    </div>
  );
});

/** What the row says of its thread; null where it stands for one message. */
function useSummary({ account, isThreaded, folder, address }: RowProps, email: Email | undefined): ThreadSummary | null {
  const members = useThread(account, isThreaded ? email?.threadId : undefined);
  const folderId = folder?.id;
  return useMemo(() => {
    if (!email || members.length === 0) return null;
    const here = folderId === undefined ? foldersOf(email) : [folderId];
    return summaryOf(members, { here, roleOf: (id) => account.mailboxes.get(id)?.role ?? null }, address);
  }, [account, members, email, folderId, address]);
}

/** A row that is not loaded yet. */
export function BlankRow({ index, columns, isCompact, height, top }: Pick<RowProps, "index" | "columns" | "isCompact" | "height" | "top">) {
  return (
    <div
      id={`row-${String(index)}`} role="row" aria-rowindex={rowIndex(index, columns)} data-index={index} className="absolute inset-x-0 top-0 flex border-b border-border bg-surface pr-3"
      style={{ height: `${String(height)}px`, transform: `translateY(${String(top)}px)` }}
    >
      <Blank isLine={columns !== null || isCompact} />
    </div>
  );
}

/** From 1; the heads of a table's columns are its first row. */
function rowIndex(index: number, columns: RowProps["columns"]): number {
  return index + (columns ? 2 : 1);
}

function Blank({ isLine }: { readonly isLine: boolean }) {
  return (
    <div role="gridcell" className="appear-late flex grow flex-col justify-center gap-2.5 pl-9">
      <Skeleton className="w-1/3" />{!isLine && <Skeleton className="w-2/3" />}
    </div>
  );
}

export interface FilledProps extends RowProps {
  readonly email: Email;
  readonly thread: ThreadSummary | null;
  readonly isUnread: boolean;
  readonly isHigh: boolean;
}
