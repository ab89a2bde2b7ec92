import { Trans, useLingui } from "@lingui/react/macro";
import type { Process } from "@/api/health-types";
import { Ago, useDates } from "@/i18n";
import { Banner } from "@/ui";
import { Group } from "./Page";

/** All processes that serve this installation; nothing where it is one. */
export function Processes({ rows }: { readonly rows: readonly Process[] }) {
  const { t } = useLingui();
  if (rows.length < 2) return null;
  const versions = new Set(rows.map(({ version }) => version));
  return (
    <Group title={<Trans>Processes</Trans>}>
      {versions.size > 1 && (
        <Banner tone="info" title={<Trans>Several versions run at the same time</Trans>}>
          <Trans>During an update that is as it should be. If it stays so, a process was left behind: start it anew with the newer version.</Trans>
        </Banner>
      )}
      <ul aria-label={t`Processes`}>
        {rows.map((row) => <One key={`${row.host} ${row.address} ${row.began_at}`} row={row} />)}
      </ul>
    </Group>
  );
}

function One({ row: { role, host, address, version, began_at, beat_at, is_asked } }: { readonly row: Process }) {
  const { t } = useLingui();
  const { full } = useDates();
  const roles: Readonly<Record<Process["role"], string>> = { web: t`answers people`, worker: t`works by itself`, all: t`does both` };
  const since = full(began_at);
  return (
    <li className="tabular border-b border-border py-2 text-list last:border-b-0">
      <span className="font-medium">{host}</span> · {address} · {roles[role]} · {t`version ${version}`}
      {is_asked && <> · {t`has answered this page`}</>}
      <span className="block text-muted">
        {t`running since ${since}`} · <Trans>last heard of <Ago at={beat_at} /></Trans>
      </span>
    </li>
  );
}
