import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Suspense, lazy, useEffect, useState } from "react";
import { Archive, Ellipsis, FolderInput, Mail, MailOpen, Star, Trash2, X } from "lucide-react";
import type { EmailId } from "@/jmap";
import type { RowList } from "@/store";
import { IconButton, Menu } from "@/ui";
import type { ActionId } from "../state/actions";
import { ACTIONS } from "../state/actions";
import type { Owner } from "../state/mail";
import { useListView } from "../state/mail";
import { viewOn } from "../state/onRows";
import { NO_TICKS } from "../state/ticks";
import { shortcut } from "../text/keys";
import { TickAll } from "./TickAll";

/** The words of all actions come with it. */
const loadItems = () => import("./ActionItems");
const ActionItems = lazy(async () => ({ default: (await loadItems()).ActionItems }));

/** What the bar has no room for, and what is done more rarely. */
const MORE: readonly (readonly ActionId[])[] = [["markUnread", "flag", "categorise"], ["junk"], ["print", "original", "download"]];

/** Stands in place of the list's head while rows are ticked. */
export function SelectionBar({ list }: { readonly list: RowList }) {
  const { t } = useLingui();
  const view = useListView();
  const { setTicks, rowDeeds, mayWrite, title, screen } = view;
  const rows = rowDeeds.targets();
  useEffect(() => { loadItems().catch(() => undefined); }, []);
  return (
    <header className="flex min-h-[85px] shrink-0 flex-col justify-between border-b border-border bg-info-surface">
      <div className="flex min-h-12 items-center gap-2 pr-2 pl-3">
        <h1 className="sr-only">{title}</h1>
        <p role="status" className="tabular grow font-semibold"><Selected list={list} rows={rows} /></p>
        <IconButton label={t`Deselect all`} shortcut="Esc" icon={<X size={18} aria-hidden />} onClick={() => { setTicks(() => NO_TICKS); }} />
      </div>
      <div className="flex items-center gap-0.5 pr-2 pb-1 pl-1.5">
        <TickAll list={list} />
        {mayWrite && (
          <div role="toolbar" aria-label={t`Selected messages`} className="@container flex min-w-0 grow gap-0.5">
            {ACTIONS.archive.isOffered(view) && <IconButton label={t`Archive`} shortcut={shortcut("archive")} icon={<Archive size={18} aria-hidden />} onClick={() => { rowDeeds.moveToRole(rows, "archive"); }} />}
            <IconButton label={t`Delete`} shortcut={shortcut("remove")} tone="danger" icon={<Trash2 size={18} aria-hidden />} onClick={() => { rowDeeds.remove(rows); }} />
            <IconButton label={t`Move`} shortcut={shortcut("move")} icon={<FolderInput size={18} aria-hidden />} onClick={() => { rowDeeds.chooseFolder(rows); }} />
            <IconButton label={t`Mark as read`} shortcut={shortcut("markRead")} icon={<MailOpen size={18} aria-hidden />} onClick={() => { rowDeeds.setSeen(rows, true); }} />
            {screen !== "phone" && (
              <span className="hidden gap-0.5 @min-[240px]:flex">
                <IconButton label={t`Mark as unread`} shortcut={shortcut("markUnread")} icon={<Mail size={18} aria-hidden />} onClick={() => { rowDeeds.setSeen(rows, false); }} />
                <IconButton label={t`Flag`} shortcut={shortcut("flag")} icon={<Star size={18} aria-hidden />} onClick={() => { rowDeeds.toggleFlagged(rows); }} />
              </span>
            )}
            <Menu align="end" trigger={<IconButton label={t`More`} icon={<Ellipsis size={18} aria-hidden />} />}>
              <Suspense fallback={null}><ActionItems view={viewOn(view, rows)} groups={MORE} /></Suspense>
            </Menu>
          </div>
        )}
      </div>
    </header>
  );
}

/** How much is ticked; of threads also how many messages that are. */
function Selected({ list, rows }: { readonly list: RowList; readonly rows: readonly EmailId[] }) {
  const { t } = useLingui();
  const messages = useMessageCount(list, rows);
  if (messages === rows.length) return plural(rows.length, { one: "# selected", other: "# selected" });
  const conversations = plural(rows.length, { one: "# conversation", other: "# conversations" });
  const inAll = plural(messages ?? 0, { one: "# message", other: "# messages" });
  return messages === null ? conversations : t`${conversations}, ${inAll}`;
}

/** Asked for where rows are not loaded; null until that is known, and where it would be too much to look up. */
function useMessageCount(list: RowList, rows: readonly EmailId[]): number | null {
  const { ownerOf } = useListView();
  const key = rows.length <= MOST_LOOKED_UP ? rows.join(" ") : "";
  const [asked, setAsked] = useState<{ readonly key: string; readonly count: number } | null>(null);
  const known = knownCount(list, rows);
  const isWhole = known === null && list.isWholeFolder(rows);
  const mayAsk = known === null && !isWhole && key !== "";
  useEffect(() => {
    if (!mayAsk) return;
    let isCurrent = true;
    list.messagesOfAll(key.split(" ") as EmailId[]).then((ids) => { if (isCurrent) setAsked({ key, count: ids.length }); }, () => undefined);
    return () => { isCurrent = false; };
  }, [list, key, mayAsk]);
  if (known !== null) return known;
  if (isWhole) return messagesInFolderOf(ownerOf(rows[0] ?? ""));
  return asked?.key === key ? asked.count : null;
}

/** Null as soon as one row is met of which it is not known. */
function knownCount(list: RowList, rows: readonly EmailId[]): number | null {
  let count = 0;
  for (const row of rows) {
    const messages = list.messagesOf(row);
    if (messages === null) return null;
    count += messages.length;
  }
  return count;
}

function messagesInFolderOf(owner: Owner | null): number | null {
  return owner?.folder ? (owner.account.mailboxes.get(owner.folder.id)?.totalEmails ?? null) : null;
}

const MOST_LOOKED_UP = 500;
