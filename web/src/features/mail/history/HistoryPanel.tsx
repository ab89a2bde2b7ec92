import { useLingui } from "@lingui/react/macro";
import { Copy, Eye, FolderInput, Forward, PencilLine, Reply, Send, Star, StarOff, Tag, Trash2, Undo2, X } from "lucide-react";
import type { LucideIcon } from "lucide-react";
import type { KeyboardEvent } from "react";
import { useEffect, useId, useRef, useState } from "react";
import { type DeedPage, historyOf } from "@/api/deeds";
import { Ago } from "@/i18n";
import type { AccountId, Email } from "@/jmap";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Button, IconButton, SkeletonRows } from "@/ui";
import { takeAsked } from "../preview/historyDoor";
import { shortcut } from "../text/keys";
import { type Told, rowsOf, wordsOf } from "./told";

const REFRESH_MS = 10_000;

export interface HistoryPanelProps {
  readonly account: AccountId;
  readonly email: Email;
  readonly onClose: () => void;
}

/** Who of the colleagues has read, answered, moved, labelled or deleted this message, and when. */
export function HistoryPanel({ account, email, onClose }: HistoryPanelProps) {
  const { t } = useLingui();
  const title = useId();
  const { resource, reload } = useResource(`history ${account} ${email.id}`, () => historyOf(account, email.id, null), REFRESH_MS);
  const [older, setOlder] = useState<readonly DeedPage[]>([]);
  const deed = useDeed();
  const { panel, close } = useOwnFocus(onClose);
  const state = JSON.stringify([email.keywords, email.mailboxIds, email["poststelle:categories"]]);
  useEffect(() => { void reload(); }, [reload, state]); // what is done meanwhile is seen at once
  const pages = resource.status === "ready" ? [resource.data, ...older] : [];
  const next = pages.at(-1)?.next ?? null;
  const rows = rowsOf(pages.flatMap(({ deeds }) => deeds));
  const more = (): void => void deed.run(async () => { setOlder([...older, await historyOf(account, email.id, next)]); });
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };
  return (
    <section
      ref={panel} tabIndex={-1} aria-labelledby={title} onKeyDown={onKey}
      className="appear mx-4 mb-3 rounded-md border border-border bg-sunken px-3 pt-1 pb-2 text-list -outline-offset-2 phone:mx-6"
    >
      <div className="flex items-center justify-between gap-2">
        <h3 id={title} className="font-semibold">{t`Message history`}</h3>
        <IconButton label={t`Close the history`} shortcut={shortcut("history")} icon={<X size={16} aria-hidden />} onClick={close} className="-mr-2" />
      </div>
      {resource.status === "loading" && <SkeletonRows rows={2} />}
      {resource.status === "failed" && <LoadError error={resource.error} onRetry={() => void reload()} />}
      {resource.status === "ready" && rows.length === 0 && next === null && <p className="pb-1 text-muted">{t`Nobody has done anything with this message here yet.`}</p>}
      {rows.length > 0 && <ol className="flex max-h-72 flex-col overflow-y-auto" tabIndex={0} aria-labelledby={title}>{rows.map((row, at) => <Row key={`${row.deed.at} ${String(rows.length - at)}`} row={row} />)}</ol>}
      {deed.error !== null && <ErrorNote error={deed.error} className="mt-2" />}
      {next !== null && <Button variant="ghost" isBusy={deed.isBusy} onClick={more} className="-ml-2 text-accent">{t`Show older entries`}</Button>}
      {resource.status === "ready" && <p className="pt-1 text-fine text-muted">{t`What was done in Outlook is not listed. Readings are listed of those alone who show colleagues what they read.`}</p>}
    </section>
  );
}

const icons: Readonly<Record<string, LucideIcon>> = {
  "mail.read": Eye, "mail.answered": Reply, "mail.forwarded": Forward, "mail.sent": Send, "mail.canceled": Undo2, "mail.moved": FolderInput, "mail.copied": Copy,
  "mail.deleted": Trash2, "mail.flagged": Star, "mail.unflagged": StarOff, "mail.labelled": Tag,
};

function Row({ row }: { readonly row: Told }) {
  const { t } = useLingui();
  const { deed } = row;
  const Icon = icons[deed.action] ?? PencilLine;
  const who = deed.is_mine ? t`You` : (deed.name ?? t`Somebody`);
  return (
    <li className="flex items-baseline gap-2 border-t border-border py-1.5 first:border-t-0">
      <Icon size={14} aria-hidden className="shrink-0 self-center text-muted" />
      <span className="min-w-0 grow wrap-anywhere"><bdi className="font-medium">{who}</bdi> <span className="text-muted">{wordsOf(row)}</span></span>
      <span className="tabular shrink-0 text-fine text-muted"><Ago at={deed.at} /></span>
    </li>
  );
}

/**
 * The panel takes the keyboard when somebody opens it, and gives it back to where it was. Who walks back to its
 * message by arrow keys finds it open, and keeps the keyboard where it is.
 */
function useOwnFocus(onClose: () => void) {
  const panel = useRef<HTMLElement>(null);
  const before = useRef<Element | null>(null);
  useEffect(() => {
    before.current = document.activeElement;
    if (!takeAsked()) return;
    panel.current?.focus({ preventScroll: true });
    panel.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const close = (): void => {
    const had = panel.current?.contains(document.activeElement) ?? false;
    const home = before.current instanceof HTMLElement && before.current.isConnected && before.current !== document.body ? before.current : panel.current?.parentElement?.closest<HTMLElement>("[tabindex]");
    onClose();
    if (had) home?.focus({ preventScroll: true });
  };
  return { panel, close };
}
