import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ChevronRight, MailPlus } from "lucide-react";
import type { AccountRow } from "@/api";
import { Ago, useDates } from "@/i18n";
import { AvatarRow, EmptyState, StateDot } from "@/ui";
import { isBusy, rowState, syncWords } from "./words";

/** All external mailboxes: address, type, state, last synchronised, assigned users. A row opens the mailbox's page. */
export function MailboxList({ rows }: { readonly rows: readonly AccountRow[] }) {
  if (rows.length === 0) return <NoMailboxes />;
  return (
    <div role="table" aria-rowcount={rows.length + 1}>
      <Head />
      <div role="rowgroup">
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </div>
    </div>
  );
}

const columns =
  "phone:grid phone:grid-cols-[minmax(0,2fr)_minmax(0,1.65fr)_minmax(0,1.1fr)_112px_20px] phone:items-center phone:gap-4";

function Head() {
  return (
    <div role="rowgroup" className="hidden border-b border-border pb-2 text-fine font-medium text-muted phone:block">
      <div role="row" className={`${columns} px-2`}>
        <span role="columnheader">
          <Trans>Mailbox</Trans>
        </span>
        <span role="columnheader">
          <Trans>State</Trans>
        </span>
        <span role="columnheader">
          <Trans>Last synchronised</Trans>
        </span>
        <span role="columnheader">
          <Trans>Users</Trans>
        </span>
        <span />
      </div>
    </div>
  );
}

function Row({ row }: { readonly row: AccountRow }) {
  const state = rowState(row);
  return (
    <div
      role="row"
      className={`${columns} relative flex flex-col gap-2 border-b border-border px-2 py-3 hover:bg-hover has-[a:focus-visible]:bg-hover`}
    >
      <div role="cell" className="min-w-0 pr-6 phone:pr-0">
        <Link
          to="/settings/basic/email/external/$accountId"
          params={{ accountId: row.id }}
          className="block truncate font-medium -outline-offset-2 after:absolute after:inset-0"
        >
          {row.address}
        </Link>
        <p className="truncate text-list text-muted">
          <TypeName type={row.type} />
          {row.name && ` · ${row.name}`}
        </p>
      </div>
      <div role="cell" className="min-w-0">
        <StateDot tone={state.tone}>{state.words}</StateDot>
        <SyncLine row={row} />
      </div>
      <div role="cell" className="tabular text-list phone:text-ui">
        <span className="text-muted phone:hidden">
          <Trans>Last synchronised:</Trans>{" "}
        </span>
        {row.last_synced_at ? <Ago at={row.last_synced_at} /> : <Never />}
      </div>
      <div role="cell" className="relative z-10 w-fit">
        <People row={row} />
      </div>
      <ChevronRight size={16} aria-hidden className="absolute top-4 right-2 text-muted phone:static" />
    </div>
  );
}

/** A line below the state only while something is going on or wrong. */
function SyncLine({ row }: { readonly row: AccountRow }) {
  const dates = useDates();
  const { sync } = row;
  if (row.state !== "connected" || !isBusy(sync)) return null;
  return <p className="tabular text-list text-muted">{syncWords(sync, dates.count, dates.clock)}</p>;
}

export function People({ row }: { readonly row: AccountRow }) {
  const { t } = useLingui();
  if (row.users.length === 0) return <span className="text-list text-warning">{t`Nobody yet`}</span>;
  return <AvatarRow names={row.users.map((user) => user.name)} />;
}

function Never() {
  const { t } = useLingui();
  return (
    <span className="text-muted">
      <span aria-hidden>–</span>
      <span className="sr-only">{t`never`}</span>
    </span>
  );
}

export function TypeName({ type }: { readonly type: AccountRow["type"] }) {
  if (type === "graph") return <Trans>Microsoft 365</Trans>;
  return type === "imap" ? <Trans>IMAP mailbox</Trans> : <Trans>Internal mailbox</Trans>;
}

function NoMailboxes() {
  return (
    <EmptyState icon={<MailPlus size={24} aria-hidden />} title={<Trans>No mailbox has been connected yet</Trans>}>
      <Trans>
        Enter the address of a Microsoft 365, Exchange Online or Outlook.com mailbox above and press “Import Office
        365”.
      </Trans>
    </EmptyState>
  );
}
