import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import type { AccountRow } from "@/api";
import { useDates } from "@/i18n";
import { People } from "./MailboxList";

const columns =
  "phone:grid phone:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_112px_20px] phone:items-center phone:gap-4";

/** Internal mailboxes: address, messages, assigned users. There is no state to tell: they are always there. */
export function InternalList({ rows }: { readonly rows: readonly AccountRow[] }) {
  return (
    <div role="table" aria-rowcount={rows.length + 1}>
      <div role="rowgroup" className="hidden border-b border-border pb-2 text-fine font-medium text-muted phone:block">
        <div role="row" className={`${columns} px-2`}>
          <span role="columnheader"><Trans>Mailbox</Trans></span>
          <span role="columnheader"><Trans>Messages</Trans></span>
          <span role="columnheader"><Trans>Users</Trans></span>
          <span />
        </div>
      </div>
      <div role="rowgroup">
        {rows.map((row) => <Row key={row.id} row={row} />)}
      </div>
    </div>
  );
}

function Row({ row }: { readonly row: AccountRow }) {
  const { count } = useDates();
  return (
    <div
      role="row"
      className={`${columns} relative flex flex-col gap-2 border-b border-border px-2 py-3 hover:bg-hover has-[a:focus-visible]:bg-hover`}
    >
      <div role="cell" className="min-w-0 pr-6 phone:pr-0">
        <Link
          to="/settings/basic/email/internal/$accountId"
          params={{ accountId: row.id }}
          className="block truncate font-medium -outline-offset-2 after:absolute after:inset-0"
        >
          {row.address}
        </Link>
        {row.name && <p className="truncate text-list text-muted">{row.name}</p>}
      </div>
      <div role="cell" className="tabular text-list phone:text-ui">
        <span className="text-muted phone:hidden"><Trans>Messages:</Trans> </span>
        {count(row.sync.held)}
      </div>
      <div role="cell" className="relative z-10 w-fit">
        <People row={row} />
      </div>
      <ChevronRight size={16} aria-hidden className="absolute top-4 right-2 text-muted phone:static" />
    </div>
  );
}
