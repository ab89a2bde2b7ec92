import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Archive as Icon, Download } from "lucide-react";
import { useState } from "react";
import type { Archive, ArchiveFilter } from "@/api";
import { admin } from "@/api/admin";
import { LoadError, useResource } from "@/session";
import { Button, EmptyState, Menu, MenuItem, Select, SkeletonRows } from "@/ui";
import { Page } from "../Page";
import { ArchiveEnd } from "./ArchiveEnd";
import { ArchiveFilters } from "./ArchiveFilters";
import { ArchiveKeeping } from "./ArchiveKeeping";
import { ArchiveList } from "./ArchiveList";
import { ArchiveProgress, Holds } from "./ArchiveProgress";
import { ArchiveProof } from "./ArchiveProof";
import { ArchiveVip } from "./ArchiveVip";

/** What the archives hold: found, taken out as files, proven to be unchanged. */
export function ArchivePage() {
  const { resource, reload } = useResource("archives", admin.archives, 10_000);
  const { of } = useSearch({ strict: false });
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  const archives = resource.status === "ready" ? resource.data : null;
  const archive = archives?.find((one) => one.account === of) ?? archives?.[0];
  return (
    <Page
      title={<Trans>Archives</Trans>}
      intro={<Trans>Every message that came or went since a mailbox is archived, also when it was deleted there. Whoever looks in here is in the audit trail.</Trans>}
    >
      {archives === null && <SkeletonRows rows={6} />}
      {archives?.length === 0 && (
        <EmptyState icon={<Icon size={24} aria-hidden />} title={<Trans>No mailbox is archived</Trans>}>
          <Trans>Turn the archive on in a mailbox's settings, under E-mail.</Trans>
        </EmptyState>
      )}
      {archives && archive && <One key={archive.account} archive={archive} archives={archives} onChanged={() => void reload()} />}
    </Page>
  );
}

interface OneProps {
  readonly archive: Archive;
  readonly archives: readonly Archive[];
  readonly onChanged: () => void;
}

function One({ archive, archives, onChanged }: OneProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [filter, setFilter] = useState<ArchiveFilter>({});
  const gone = t`deleted here`;
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <Select
          isLabelShown
          label={t`Mailbox`}
          value={archive.account}
          onChange={(account) => void navigate({ to: "/settings/basic/archive", search: { of: account } })}
          choices={archives.map((one) => ({ value: one.account, label: one.address, ...(one.is_there ? {} : { hint: gone }) }))}
          className="w-80 max-w-full"
        />
        {archive.state !== "gone" && <ExportMenu archive={archive} filter={filter} />}
      </div>
      <div className="flex flex-col gap-2">
        {archive.state !== "gone" && <Holds archive={archive} />}
        {!archive.is_there && archive.state !== "gone" && <p className="text-list text-muted"><Trans>The mailbox was deleted here; its archive has stayed.</Trans></p>}
        <ArchiveProgress archive={archive} />
        {archive.is_vip && <ArchiveVip archive={archive} onEnded={onChanged} />}
      </div>
      <ArchiveProof archive={archive} />
      {archive.state !== "gone" && (
        <>
          <ArchiveFilters onChange={setFilter} />
          <ArchiveList key={`${JSON.stringify(filter)} ${String(archive.is_vip)}`} id={archive.account} filter={filter} />
          <ArchiveKeeping archive={archive} onChanged={onChanged} />
        </>
      )}
      {!archive.is_there && <ArchiveEnd archive={archive} onDeleted={onChanged} />}
    </>
  );
}

function ExportMenu({ archive, filter }: { readonly archive: Archive; readonly filter: ArchiveFilter }) {
  const take = (format: "mbox" | "zip") => {
    const { since, until } = filter;
    window.location.assign(admin.archiveFile(archive.account, { ...(since ? { since } : {}), ...(until ? { until } : {}) }, format));
  };
  return (
    <Menu
      align="end"
      trigger={
        <Button>
          <Download size={16} aria-hidden />
          {filter.since || filter.until ? <Trans>Export this period</Trans> : <Trans>Export everything</Trans>}
        </Button>
      }
    >
      <MenuItem onSelect={() => take("zip")}><Trans>EML files in a ZIP archive, by month</Trans></MenuItem>
      <MenuItem onSelect={() => take("mbox")}><Trans>One mbox file</Trans></MenuItem>
    </Menu>
  );
}
