import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type AccountHealth, type HealthGrade, type Integrity, type Machine } from "@/api";
import { admin } from "@/api/admin";
import { Ago, useDates } from "@/i18n";
import { LoadError, useResource } from "@/session";
import { Banner, SkeletonRows, StateDot, type StateTone } from "@/ui";
import { Alerts } from "./Alerts";
import { Group, Page } from "./Page";
import { Processes } from "./Processes";
import { gradeReason, gradeWords } from "./healthWords";
import { Backlogs } from "./webhooks/Backlogs";

const REFRESH_MS = 15_000;

/** How every mailbox and the program itself are doing; what needs a person stands above it, as on every page. */
export function HealthPage() {
  const { t } = useLingui();
  const { resource, reload } = useResource("health", admin.health, REFRESH_MS);
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  return (
    <Page title={t`Health`} intro={t`Each mailbox, what waits, how complete it is, and the program itself. Looked at again every few seconds.`}>
      {resource.status === "loading" && <SkeletonRows rows={5} />}
      {resource.status === "ready" && (
        <>
          <Verdict count={resource.data.warnings.length} />
          <Group title={<Trans>Mailboxes</Trans>}>
            {resource.data.accounts.length === 0 ? <p className="text-muted">{t`No mailbox has been connected yet`}</p> : <Mailboxes rows={resource.data.accounts} />}
          </Group>
          <Backlogs rows={resource.data.webhooks} />
          <Traces integrity={resource.data.integrity} />
          <Program machine={resource.data.machine} />
          <Processes rows={resource.data.processes} />
        </>
      )}
      <Alerts />
    </Page>
  );
}

function Verdict({ count }: { readonly count: number }) {
  if (count === 0) return <Banner tone="success" title={<Trans>Everything is well. Nothing needs a person.</Trans>} />;
  return <Banner tone="warning" title={<Plural value={count} one="One thing needs a person. It stands at the top of the page." other="# things need a person. They stand at the top of the page." />} />;
}

const tones: Readonly<Record<HealthGrade, StateTone>> = { good: "good", attention: "attention", bad: "bad", off: "off" };
const columns = "wide:grid wide:grid-cols-[minmax(0,1.8fr)_minmax(0,1fr)_minmax(0,0.8fr)_minmax(0,1.3fr)_minmax(0,1.1fr)] wide:gap-4";

function Mailboxes({ rows }: { readonly rows: readonly AccountHealth[] }) {
  const { t } = useLingui();
  return (
    <div role="table" aria-rowcount={rows.length + 1} aria-label={t`Mailboxes`}>
      <div role="rowgroup" className="hidden border-b border-border pb-2 text-fine font-medium text-muted wide:block">
        <div role="row" className={columns}>
          {[t`Mailbox`, t`Last synchronised`, t`Waiting`, t`Completeness`, t`Sign-in`].map((name) => <span role="columnheader" key={name}>{name}</span>)}
        </div>
      </div>
      <div role="rowgroup">{rows.map((row) => <Row key={row.id} row={row} />)}</div>
    </div>
  );
}

function Row({ row }: { readonly row: AccountHealth }) {
  const { t } = useLingui();
  const why = gradeReason(row);
  return (
    <div role="row" className={`${columns} relative flex flex-col gap-1.5 border-b border-border py-3 last:border-b-0 hover:bg-hover`}>
      <div role="cell" className="min-w-0">
        <Link
          to="/settings/basic/email/external/$accountId" params={{ accountId: row.id }}
          className="block truncate font-medium -outline-offset-2 after:absolute after:inset-0"
        >
          {row.address}
        </Link>
        <StateDot tone={tones[row.grade]} className="text-list">{gradeWords(row)}</StateDot>
        {why && <p className="text-list text-muted">{why}</p>}
      </div>
      <Cell label={t`Last synchronised`}>{row.last_synced_at ? <Ago at={row.last_synced_at} /> : "–"}</Cell>
      <Cell label={t`Waiting`}><Waiting row={row} /></Cell>
      <Cell label={t`Completeness`}><Completeness row={row} /></Cell>
      <Cell label={t`Sign-in`}><SignIn row={row} /></Cell>
    </div>
  );
}

function Cell({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div role="cell" className="tabular min-w-0 text-list">
      <span className="text-muted wide:hidden">{label}: </span>
      {children}
    </div>
  );
}

function Waiting({ row: { queue } }: { readonly row: AccountHealth }) {
  const { t } = useLingui();
  const { full, count } = useDates();
  if (!queue) return <>{t`nothing`}</>;
  const number = count(queue.total);
  return <>{number} · {t`since ${full(queue.since)}`}</>;
}

function Completeness({ row: { differences, last_check, phase, held, expected } }: { readonly row: AccountHealth }) {
  const { t } = useLingui();
  const { count } = useDates();
  const number = count(differences);
  if (phase === "idle") return <>–</>;
  if (phase === "first") return <>{t`${count(held)} of ${count(expected)} messages loaded`}</>;
  return (
    <>
      {differences === 0 ? t`counters agree` : t`counters differ by ${number}`}
      {last_check?.ended_at && <span className="block text-muted"><Trans>checked <Ago at={last_check.ended_at} /></Trans></span>}
    </>
  );
}

function SignIn({ row: { signs_in_until, reserves, state } }: { readonly row: AccountHealth }) {
  const { t } = useLingui();
  const { day } = useDates();
  if (state !== "connected") return <>–</>;
  return (
    <>
      {signs_in_until ? t`renewed by itself until ${day(signs_in_until)}` : t`by the application, without an end`}
      {reserves > 0 && <span className="block text-muted"><Plural value={reserves} one="one more stands by" other="# more stand by" /></span>}
    </>
  );
}

/** Whether the audit trail and the archives are what they were, by the proof of the last night. */
function Traces({ integrity: { trail, archives } }: { readonly integrity: Integrity }) {
  const { t } = useLingui();
  const { full } = useDates();
  const broken = archives.filter((one) => one.broken.length > 0).length;
  const oldest = archives.map((one) => one.proven_at).reduce((first, at) => (first === null || at === null ? null : first < at ? first : at), archives[0]?.proven_at ?? null);
  const checked = (at: string | null) => {
    const when = at === null ? "" : full(at);
    return <span className="block text-list text-muted">{at === null ? t`not checked so far; that happens each night` : t`last checked ${when}`}</span>;
  };
  return (
    <Group title={<Trans>Audit trail and archives</Trans>}>
      <dl className="grid gap-x-8 gap-y-3 phone:grid-cols-2">
        <div>
          <dt className="text-list text-muted"><Trans>Audit trail</Trans></dt>
          <dd>
            <StateDot tone={trail.broken.length > 0 || trail.sealing !== null ? "bad" : "good"}>
              {trail.broken.length > 0 ? t`does not hold` : trail.sealing !== null ? t`new entries are not sealed` : t`nothing is known to have been changed`}
            </StateDot>
            {checked(trail.proven_at)}
          </dd>
        </div>
        <div>
          <dt className="text-list text-muted"><Trans>Archives</Trans></dt>
          <dd>
            {archives.length === 0 ? (
              t`no mailbox is archived`
            ) : (
              <>
                <StateDot tone={broken > 0 ? "bad" : "good"}>
                  {broken > 0 ? <Plural value={broken} one="one does not hold, or is missing" other="# do not hold, or are missing" /> : t`nothing is known to have been changed`}
                </StateDot>
                {checked(oldest)}
              </>
            )}
          </dd>
        </div>
      </dl>
    </Group>
  );
}

const GIGABYTE = 1_000_000_000;

function Program({ machine }: { readonly machine: Machine }) {
  const { t } = useLingui();
  const { full, style, count } = useDates();
  const inGigabytes = (octets: number): string => new Intl.NumberFormat(style.locale, { maximumFractionDigits: 1 }).format(octets / GIGABYTE);
  const [free, total] = [inGigabytes(machine.disk_free), inGigabytes(machine.disk_total)];
  const [requests, throttled, failed] = [count(machine.requests), count(machine.throttled), count(machine.failed)];
  const restarted = machine.loops.filter(({ restarts }) => restarts > 0);
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t`Version`, machine.version],
    [t`Running since`, full(machine.began_at)],
    [t`Database`, machine.database === "sqlite" ? "SQLite" : "PostgreSQL"],
    [t`Disk space`, t`${free} GB of ${total} GB free`],
    [t`Last backup`, machine.backed_up_at === null ? t`none so far (poststelle backup)` : full(machine.backed_up_at)],
    [t`Requests to Microsoft`, t`${requests}; held back ${throttled}, failed ${failed}`],
    [t`Parts of the program`, restarted.length === 0 ? t`all run` : restarted.map(({ name, restarts }) => `${name} (${String(restarts)}×)`).join(", ")],
  ];
  return (
    <Group title={<Trans>The program</Trans>}>
      <dl className="grid gap-x-6 gap-y-1.5 phone:grid-cols-[max-content_1fr]">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="tabular mb-1.5 phone:mb-0">{value}</dd>
          </div>
        ))}
      </dl>
    </Group>
  );
}
