import { Trans } from "@lingui/react/macro";
import { Download } from "lucide-react";
import { useState } from "react";
import { type AccountRow, api, type AuditEntry, type AuditFilter } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Button, Details, EmptyState, Menu, MenuItem, SkeletonRows } from "@/ui";
import { AuditFilters } from "./AuditFilters";
import { AuditKeeping } from "./AuditKeeping";
import { AuditProof } from "./AuditProof";
import { auditWords, needsDetails } from "./auditWords";
import { Page } from "./Page";

const PAGE = 100;

/** Who did what and when, newest first; for one mailbox or for everything, and the proof that nobody has changed it. */
export function AuditPage() {
  const [filter, setFilter] = useState<AuditFilter>({});
  const external = useResource("external", () => admin.accounts("external"));
  const internal = useResource("internal", () => admin.accounts("internal"));
  const users = useResource("users", api.users);
  const failed = [external, internal].find((one) => one.resource.status === "failed");
  if (failed?.resource.status === "failed") {
    return <LoadError error={failed.resource.error} onRetry={() => void failed.reload()} />;
  }
  const rows = [external, internal].flatMap(({ resource }) => (resource.status === "ready" ? resource.data : []));
  return (
    <Page
      title={<Trans>Audit trail</Trans>}
      intro={<Trans>Who created, assigned, signed in, read, sent, changed or deleted, and when.</Trans>}
      side={<ExportMenu filter={filter} />}
    >
      <AuditProof mailboxes={rows} />
      <AuditFilters
        filter={filter}
        onChange={setFilter}
        mailboxes={rows}
        users={users.resource.status === "ready" ? users.resource.data : []}
      />
      <Trail key={JSON.stringify(filter)} filter={filter} rows={rows} />
      <AuditKeeping />
    </Page>
  );
}

function ExportMenu({ filter }: { readonly filter: AuditFilter }) {
  const take = (format: "csv" | "jsonl") => window.location.assign(admin.auditFile(filter, format));
  return (
    <Menu
      align="end"
      trigger={
        <Button>
          <Download size={16} aria-hidden />
          <Trans>Export</Trans>
        </Button>
      }
    >
      <MenuItem onSelect={() => take("csv")}>
        <Trans>Table (CSV)</Trans>
      </MenuItem>
      <MenuItem onSelect={() => take("jsonl")}>
        <Trans>For programs (JSON lines)</Trans>
      </MenuItem>
    </Menu>
  );
}

function Trail({ filter, rows }: { readonly filter: AuditFilter; readonly rows: readonly AccountRow[] }) {
  const { resource, reload } = useResource(JSON.stringify(filter), () => admin.audit(filter));
  const [older, setOlder] = useState<readonly AuditEntry[]>([]);
  const [isEnd, setEnd] = useState(false);
  const deed = useDeed();
  if (resource.status === "loading") return <SkeletonRows rows={6} />;
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;

  const entries = [...resource.data, ...older];
  const last = entries[entries.length - 1];
  const more = () =>
    void deed.run(async () => {
      if (!last) return;
      const next = await admin.audit({ ...filter, before: last.id });
      setOlder([...older, ...next]);
      setEnd(next.length < PAGE);
    });

  if (!last) return <Nothing isFiltered={Object.keys(filter).length > 0} />;
  return (
    <div>
      <ol className="border-t border-border">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} address={rows.find((row) => row.id === entry.account)?.address} />
        ))}
      </ol>
      {deed.error !== null && <ErrorNote error={deed.error} className="mt-4" />}
      {!isEnd && resource.data.length >= PAGE && (
        <div className="mt-4 flex justify-center">
          <Button isBusy={deed.isBusy} onClick={more}>
            <Trans>Show older entries</Trans>
          </Button>
        </div>
      )}
    </div>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (!isFiltered) return <EmptyState title={<Trans>Nothing has happened here yet</Trans>} />;
  return (
    <EmptyState title={<Trans>No entry fits</Trans>}>
      <Trans>Choose another mailbox, person, kind or time.</Trans>
    </EmptyState>
  );
}

function Entry({ entry, address }: { readonly entry: AuditEntry; readonly address: string | undefined }) {
  const dates = useDates();
  const words = auditWords(entry);
  const name = entry.user ? (entry.user.name ?? <Trans>Deleted user</Trans>) : <Trans>System</Trans>;
  const isNamed = !address || entry.subject === address;
  const detail = needsDetails(entry) ? JSON.stringify(entry.detail) : null;
  return (
    <li className="grid gap-x-6 gap-y-0.5 border-b border-border px-2 py-2.5 phone:grid-cols-[190px_160px_minmax(0,1fr)]">
      <time dateTime={entry.at} className="text-list leading-5 text-muted">
        {dates.full(entry.at)}
      </time>
      <p className="min-w-0 font-medium">
        <span className="block truncate">{name}</span>
        {entry.user?.login && <span className="block truncate text-list font-normal text-muted">{entry.user.login}</span>}
      </p>
      <div className="min-w-0 break-words">
        <p>
          {words}
          {!isNamed && <span className="text-muted"> · {address}</span>}
        </p>
        {detail && <Details code={`${entry.action} ${detail}`} />}
      </div>
    </li>
  );
}
