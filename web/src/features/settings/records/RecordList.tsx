import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ArrowDownLeft, ArrowUpRight } from "lucide-react";
import { useState } from "react";
import { type ActivityRecord, type RecordFilter, type RecordPage, records } from "@/api/records";
import { useDates } from "@/i18n";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Button, EmptyState, SkeletonRows } from "@/ui";

interface ListProps {
  readonly filter: RecordFilter;
  /** The mailboxes' addresses, shown where records of several are mixed. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly onContact: (email: string) => void;
}

/** Records, the newest first, page after page. */
export function RecordList({ filter, addresses, onContact }: ListProps) {
  const { resource, reload } = useResource(`records ${JSON.stringify(filter)}`, () => records.find(filter, null));
  const [further, setFurther] = useState<readonly RecordPage[]>([]);
  const deed = useDeed();
  if (resource.status === "loading") return <SkeletonRows rows={6} />;
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;

  const pages = [resource.data, ...further];
  const rows = pages.flatMap((page) => page.records);
  const next = pages[pages.length - 1]?.next ?? null;
  const more = () => void deed.run(async () => setFurther([...further, await records.find(filter, next)]));
  if (rows.length === 0) return <Nothing isFiltered={Object.keys(filter).some((name) => name !== "account")} />;
  return (
    <div>
      <ol className="border-t border-border">
        {rows.map((one) => <Row key={`${one.account} ${one.message}`} one={one} mailbox={addresses.get(one.account)} onContact={onContact} />)}
      </ol>
      {deed.error !== null && <ErrorNote error={deed.error} className="mt-4" />}
      {next !== null && (
        <div className="mt-4 flex justify-center">
          <Button isBusy={deed.isBusy} onClick={more}><Trans>Show older activities</Trans></Button>
        </div>
      )}
    </div>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) return <EmptyState title={<Trans>No activity fits</Trans>}><Trans>Search for other words, or another time.</Trans></EmptyState>;
  return (
    <EmptyState title={<Trans>Nothing is recorded yet</Trans>}>
      <Trans>Once a mailbox records its messages, each one that arrives or is sent is listed here.</Trans>
    </EmptyState>
  );
}

interface RowProps {
  readonly one: ActivityRecord;
  readonly mailbox: string | undefined;
  readonly onContact: (email: string) => void;
}

function Row({ one, mailbox, onContact }: RowProps) {
  const { t } = useLingui();
  const dates = useDates();
  const Arrow = one.direction === "out" ? ArrowUpRight : ArrowDownLeft;
  return (
    <li className="grid items-start gap-x-4 gap-y-0.5 border-b border-border px-2 py-2.5 phone:grid-cols-[190px_minmax(0,1fr)]">
      <div className="text-list leading-5 text-muted">
        <time dateTime={one.at}>{dates.full(one.at)}</time>
        {mailbox !== undefined && <p className="truncate text-fine" title={mailbox}>{mailbox}</p>}
      </div>
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 font-medium">
          <Arrow size={16} className="shrink-0 text-muted" role="img" aria-label={one.direction === "out" ? t`Sent` : t`Received`} />
          {one.contacts.map(([name, email]) => (
            <button key={email} type="button" title={email} className="max-w-full truncate rounded-sm text-left hover:underline touch:min-h-11" onClick={() => onContact(email)}>
              {name || email}
            </button>
          ))}
        </p>
        <p className="break-words"><Subject one={one} /></p>
        <p className="truncate text-list text-muted">{one.preview}</p>
        {one.folder === null && <p className="text-fine text-muted"><Trans>The message itself has gone.</Trans></p>}
      </div>
    </li>
  );
}

/** Leads to the message where that still is. */
function Subject({ one }: { readonly one: ActivityRecord }) {
  const words = one.subject || <Trans>(no subject)</Trans>;
  if (one.folder === null) return words;
  return (
    <Link
      to="/mail/$accountId/$folderId/$messageId"
      params={{ accountId: one.account, folderId: one.folder, messageId: one.message }}
      className="text-accent underline"
    >
      {words}
    </Link>
  );
}
