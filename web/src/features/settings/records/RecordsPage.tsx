import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useState } from "react";
import { api, type Mailbox } from "@/api";
import { type RecordFilter, records } from "@/api/records";
import { LoadError, useMe, useResource } from "@/session";
import { Banner, Button, EmptyState, Menu, MenuItem, Select, SkeletonRows } from "@/ui";
import { Page } from "../Page";
import { EraseContact } from "./EraseContact";
import { RecordFilters } from "./RecordFilters";
import { RecordingOption } from "./RecordingOption";
import { RecordList } from "./RecordList";

/** What came from whom and went to whom, in one's mailboxes, whether the messages are still there or not. */
export function RecordsPage() {
  const { resource, reload } = useResource("my mailboxes", api.mailboxes);
  const { may_settings } = useMe();
  const [turn, setTurn] = useState(0);
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  return (
    <Page
      title={<Trans>Activities</Trans>}
      intro={<Trans>What was received from a contact and what was sent to them, in the mailboxes that record it.</Trans>}
    >
      {resource.status === "loading" && <SkeletonRows rows={6} />}
      {resource.status === "ready" && resource.data.length === 0 && (
        <EmptyState title={<Trans>You are not assigned to any mailbox</Trans>}><Trans>An administrator can assign you to one.</Trans></EmptyState>
      )}
      {resource.status === "ready" && resource.data.length > 0 && <Found key={turn} mailboxes={resource.data} />}
      {may_settings && <EraseContact onErased={() => setTurn(turn + 1)} />}
    </Page>
  );
}

const ALL = "all";

function Found({ mailboxes }: { readonly mailboxes: readonly Mailbox[] }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { of } = useSearch({ strict: false });
  const [filter, setFilter] = useState<RecordFilter>({});
  const [contact, setContact] = useState({ email: "", turn: 0 });
  const chosen = mailboxes.find(({ id }) => id === of);
  const wanted: RecordFilter = chosen ? { ...filter, account: chosen.id } : filter;
  const choose = (email: string) => {
    setContact({ email, turn: contact.turn + 1 });
    setFilter({ email });
  };
  const addresses = new Map(chosen ? [] : mailboxes.map(({ id, address }) => [id, address]));
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <Select
          isLabelShown
          label={t`Mailbox`}
          value={chosen?.id ?? ALL}
          onChange={(value) => void navigate({ to: "/settings/records", search: value === ALL ? {} : { of: value }, replace: true })}
          choices={[{ value: ALL, label: t`All mailboxes` }, ...mailboxes.map(({ id, address }) => ({ value: id, label: address }))]}
          className="w-80 max-w-full"
        />
        <ExportMenu filter={wanted} />
      </div>
      <VipNote mailboxes={(chosen ? [chosen] : mailboxes).filter(({ is_vip, sees_all }) => is_vip && !sees_all)} />
      <RecordFilters key={contact.turn} email={contact.email} onChange={setFilter} />
      <RecordList key={JSON.stringify(wanted)} filter={wanted} addresses={addresses} onContact={choose} />
      {chosen?.level === "manage" && <RecordingOption key={chosen.id} id={chosen.id} />}
    </>
  );
}

/** Why some of what is recorded is not here. */
function VipNote({ mailboxes }: { readonly mailboxes: readonly Mailbox[] }) {
  if (mailboxes.length === 0) return null;
  const addresses = mailboxes.map(({ address }) => address).join(", ");
  return <Banner tone="info"><Trans>VIP: of {addresses} you see and export only activities of the time when you were assigned.</Trans></Banner>;
}

function ExportMenu({ filter }: { readonly filter: RecordFilter }) {
  const take = (format: "csv" | "jsonl") => window.location.assign(records.file(filter, format));
  return (
    <Menu align="end" trigger={<Button><Download size={16} aria-hidden /><Trans>Export activities</Trans></Button>}>
      <MenuItem onSelect={() => take("csv")}><Trans>Table (CSV), a line for each contact</Trans></MenuItem>
      <MenuItem onSelect={() => take("jsonl")}><Trans>JSON, an activity in each line</Trans></MenuItem>
    </Menu>
  );
}
