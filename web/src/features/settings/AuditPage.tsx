import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type AccountRow, api, type AuditEntry } from "@/api";
import { useDates } from "@/i18n";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Button, Details, EmptyState, Select, SkeletonRows } from "@/ui";
import { auditWords, needsDetails } from "./auditWords";
import { Page } from "./Page";

const all = "all";

/** Who did what and when, newest first; for one mailbox or for everything. */
export function AuditPage() {
  const { t } = useLingui();
  const [account, setAccount] = useState(all);
  const accounts = useResource("external", () => api.accounts("external"));
  const rows = accounts.resource.status === "ready" ? accounts.resource.data : [];
  if (accounts.resource.status === "failed") {
    return <LoadError error={accounts.resource.error} onRetry={() => void accounts.reload()} />;
  }
  return (
    <Page
      title={<Trans>Audit trail</Trans>}
      intro={<Trans>Who created, assigned, signed in, changed or deleted, and when.</Trans>}
      side={
        <Select
          label={t`Mailbox`}
          value={account}
          onChange={setAccount}
          choices={[
            { value: all, label: t`All mailboxes and users` },
            ...rows.map((row) => ({ value: row.id, label: row.address })),
          ]}
          className="w-64"
        />
      }
    >
      <Trail key={account} account={account === all ? null : account} rows={rows} />
    </Page>
  );
}

function Trail({ account, rows }: { readonly account: string | null; readonly rows: readonly AccountRow[] }) {
  const filter = account ? { account } : {};
  const { resource, reload } = useResource(account ?? all, () => api.audit(filter));
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
      const next = await api.audit({ ...filter, before: String(last.id) });
      setOlder([...older, ...next]);
      setEnd(next.length === 0);
    });

  if (!last) return <EmptyState title={<Trans>Nothing has happened here yet</Trans>} />;
  return (
    <div>
      <ol className="border-t border-border">
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} address={rows.find((row) => row.id === entry.account)?.address} />
        ))}
      </ol>
      {deed.error !== null && <ErrorNote error={deed.error} className="mt-4" />}
      {!isEnd && entries.length >= 100 && (
        <div className="mt-4 flex justify-center">
          <Button isBusy={deed.isBusy} onClick={more}>
            <Trans>Show older entries</Trans>
          </Button>
        </div>
      )}
    </div>
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
