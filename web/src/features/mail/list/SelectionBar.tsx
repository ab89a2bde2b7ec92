import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { FolderInput, Mail, MailOpen, Star, Trash2, X } from "lucide-react";
import type { MessageList } from "@/store";
import { IconButton } from "@/ui";
import { useMail } from "../state/mail";
import { NO_TICKS } from "../state/ticks";
import { TickAll } from "./TickAll";

/** Stands in place of the list's head while rows are ticked. */
export function SelectionBar({ list }: { readonly list: MessageList }) {
  const { t } = useLingui();
  const { ticks, setTicks, deeds, mayWrite, setDialog, folder } = useMail();
  const ids = deeds.targets();
  return (
    <header className="flex min-h-[85px] shrink-0 flex-col justify-between border-b border-border bg-info-surface">
      <div className="flex min-h-12 items-center gap-2 pr-2 pl-3">
        <h1 className="sr-only">{folder?.name}</h1>
        <p role="status" className="tabular grow font-semibold">{plural(ticks.ids.size, { one: "# selected", other: "# selected" })}</p>
        <IconButton label={t`Deselect all`} shortcut="Esc" icon={<X size={18} aria-hidden />} onClick={() => { setTicks(() => NO_TICKS); }} />
      </div>
      <div className="flex items-center gap-0.5 pr-2 pb-1 pl-1.5">
        <TickAll list={list} />
        {mayWrite && (
          <div role="toolbar" aria-label={t`Selected messages`} className="flex gap-0.5">
            <IconButton label={t`Mark as read`} shortcut="Shift I" icon={<MailOpen size={18} aria-hidden />} onClick={() => { deeds.setSeen(ids, true); }} />
            <IconButton label={t`Mark as unread`} shortcut="Shift U" icon={<Mail size={18} aria-hidden />} onClick={() => { deeds.setSeen(ids, false); }} />
            <IconButton label={t`Flag`} shortcut="s" icon={<Star size={18} aria-hidden />} onClick={() => { deeds.toggleFlagged(ids); }} />
            <IconButton label={t`Move`} shortcut="v" icon={<FolderInput size={18} aria-hidden />} onClick={() => { setDialog({ kind: "move", ids }); }} />
            <IconButton label={t`Delete`} shortcut="#" tone="danger" icon={<Trash2 size={18} aria-hidden />} onClick={() => { deeds.remove(ids); }} />
          </div>
        )}
      </div>
    </header>
  );
}
