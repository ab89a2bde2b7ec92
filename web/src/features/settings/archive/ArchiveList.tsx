import { plural, t as text } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { ArrowDownLeft, ArrowUpRight, Download } from "lucide-react";
import { useState } from "react";
import type { AccountId, ArchiveEntry, ArchiveFilter } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Button, buttonClass, EmptyState, SkeletonRows, tip } from "@/ui";

const PAGE = 50;

interface ListProps {
  readonly id: AccountId;
  readonly filter: ArchiveFilter;
}

/** Messages of an archive, what arrived last first, and what happened to the archive between them. */
export function ArchiveList({ id, filter }: ListProps) {
  const { resource, reload } = useResource(`archived ${id} ${JSON.stringify(filter)}`, () => admin.archived(id, filter));
  const [older, setOlder] = useState<readonly ArchiveEntry[]>([]);
  const [isEnd, setEnd] = useState(false);
  const deed = useDeed();
  if (resource.status === "loading") return <SkeletonRows rows={6} />;
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;

  const entries = [...resource.data, ...older];
  const last = entries[entries.length - 1];
  const more = () =>
    void deed.run(async () => {
      if (!last) return;
      const next = await admin.archived(id, filter, last.number);
      setOlder([...older, ...next]);
      setEnd(next.length < PAGE);
    });

  if (!last) return <EmptyState title={<Trans>No message fits</Trans>}><Trans>Search for other words, or another time.</Trans></EmptyState>;
  return (
    <div>
      <ol className="border-t border-border">
        {entries.map((entry) => (entry.subject === null ? <Event key={entry.number} entry={entry} /> : <Message key={entry.number} id={id} entry={entry} />))}
      </ol>
      {deed.error !== null && <ErrorNote error={deed.error} className="mt-4" />}
      {!isEnd && resource.data.length >= PAGE && (
        <div className="mt-4 flex justify-center">
          <Button isBusy={deed.isBusy} onClick={more}><Trans>Show older messages</Trans></Button>
        </div>
      )}
    </div>
  );
}

const named = (people: ArchiveEntry["from"]): string => people.map(([name, email]) => name || email).join(", ");
const inFull = (people: ArchiveEntry["from"]): string => people.map(([name, email]) => (name ? `${name} <${email}>` : email)).join(", ");

function Message({ id, entry }: { readonly id: AccountId; readonly entry: ArchiveEntry }) {
  const { t, i18n } = useLingui();
  const dates = useDates();
  const isOut = entry.direction === "out";
  const people = isOut ? entry.to : entry.from;
  const kilobytes = i18n.number(Math.max(1, Math.round((entry.size ?? 0) / 1000)));
  const Arrow = isOut ? ArrowUpRight : ArrowDownLeft;
  const direction = isOut ? t`Sent` : t`Received`;
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-0.5 border-b border-border px-2 py-2.5 phone:grid-cols-[190px_minmax(0,1fr)_auto]">
      <time dateTime={entry.at ?? ""} className="text-list leading-5 text-muted max-phone:col-span-2">{entry.at && dates.full(entry.at)}</time>
      <div className="min-w-0">
        <p className="flex items-center gap-1.5 font-medium">
          <Arrow size={16} className="shrink-0 text-muted" role="img" aria-label={direction} />
          <span className="truncate" title={inFull(people)}>{named(people) || <Trans>(nobody)</Trans>}</span>
        </p>
        <p className="break-words">{entry.subject || <Trans>(no subject)</Trans>}</p>
        {entry.kind === "text" && <p className="text-list text-warning"><Missing why={entry.why} /></p>}
        <p className="text-fine text-muted"><Trans>Entry {entry.number} · {kilobytes} kB</Trans></p>
      </div>
      <a
        href={admin.archivedMessage(id, entry.number)}
        download
        className={buttonClass("ghost")}
        aria-label={t`Download entry ${entry.number} as EML`}
        {...tip({ label: t`Download as EML` })}
      >
        <Download size={16} aria-hidden />
      </a>
    </li>
  );
}

function Missing({ why }: { readonly why: string | null }) {
  if (why === "deleted_here") return <Trans>Deleted here before it was fetched: only what was known of it is kept.</Trans>;
  return <Trans>Microsoft no longer gave this message: only what was known of it is kept.</Trans>;
}

/** The archive was turned on or off, or what was old went. */
function Event({ entry }: { readonly entry: ArchiveEntry }) {
  const dates = useDates();
  return (
    <li className="grid gap-x-4 gap-y-0.5 border-b border-border bg-sunken px-2 py-2 text-list text-muted phone:grid-cols-[190px_minmax(0,1fr)]">
      <time dateTime={entry.archived_at}>{dates.full(entry.archived_at)}</time>
      <p>{eventWords(entry)}</p>
    </li>
  );
}

function eventWords(entry: ArchiveEntry): string {
  if (entry.kind === "on") return text`The archive was turned on.`;
  if (entry.kind === "pruned") return plural(entry.entries ?? 0, { one: "# entry whose time was over was removed.", other: "# entries whose time was over were removed." });
  if (entry.kind === "off" && entry.why === "mailbox_deleted") return text`The mailbox was deleted here; nothing more is archived.`;
  if (entry.kind === "off") return text`The archive was turned off.`;
  return text`This entry can't be read any more.`;
}
