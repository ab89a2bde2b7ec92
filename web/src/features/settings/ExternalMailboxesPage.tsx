import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { CircleHelp, Inbox } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type AccountRow, api } from "@/api";
import { LoadError, NoRight, useMe, useResource } from "@/session";
import { Button, EmptyState, SkeletonRows, Tabs } from "@/ui";
import { AppMissing } from "./AppMissing";
import { CheckPlan } from "./CheckPlan";
import { useOpenHelp } from "./HelpDoor";
import { ImportMailbox } from "./ImportMailbox";
import { ImportMany } from "./ImportMany";
import { MailboxList } from "./MailboxList";
import { Page } from "./Page";

type Tab = "internal" | "external";

/** E-mail administration: both tabs, each at its own address. */
function EmailPage({ tab, children }: { readonly tab: Tab; readonly children: ReactNode }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const openHelp = useOpenHelp();
  return (
    <Page
      title={<Trans>E-mail administration</Trans>}
      side={
        tab === "external" && (
          <Button variant="ghost" className="-ml-3 phone:ml-0" icon={<CircleHelp size={16} aria-hidden />} onClick={openHelp}>
            <Trans>Help for Microsoft 365</Trans>
          </Button>
        )
      }
    >
      <Tabs<Tab>
        label={t`Types of mailboxes`}
        value={tab}
        onChange={(value) => void navigate({ to: `/settings/basic/email/${value}` })}
        tabs={[
          { value: "internal", label: <Trans>Internal mailboxes</Trans> },
          { value: "external", label: <Trans>External IMAP mailboxes</Trans> },
        ]}
      >
        <div className="flex flex-col gap-6 pt-6">{children}</div>
      </Tabs>
    </Page>
  );
}

/** The server lists by address: a new row appears where it will stay. */
function withRow(rows: readonly AccountRow[], row: AccountRow): readonly AccountRow[] {
  const key = (one: AccountRow) => one.address.toLowerCase();
  return [...rows.filter((one) => one.id !== row.id), row].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export function ExternalMailboxesPage() {
  const { may_settings } = useMe();
  const [isMany, setMany] = useState(false);
  const { resource, reload, patch } = useResource("external", () => api.accounts("external"), 4000);
  if (!may_settings && resource.status === "loading") return null;
  if (resource.status === "failed") {
    return <LoadError error={resource.error} onRetry={() => void reload()} />;
  }
  return (
    <EmailPage tab="external">
      {may_settings && <AppMissing />}
      <ImportMailbox onImported={(row) => patch((rows) => withRow(rows, row))} onMany={() => setMany(true)} />
      <ImportMany isOpen={isMany} onClose={() => setMany(false)} onImported={() => void reload()} />
      {resource.status === "loading" ? <SkeletonRows /> : <MailboxList rows={resource.data} />}
      {may_settings && <CheckPlan />}
    </EmailPage>
  );
}

/** Internal mailboxes cannot be created yet: says so, and offers no dead button. */
export function InternalMailboxesPage() {
  const { may_settings } = useMe();
  const { resource, reload } = useResource("internal", () => api.accounts("internal"));
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  if (!may_settings) return <NoRight error={null} />;
  return (
    <EmailPage tab="internal">
      <EmptyState icon={<Inbox size={24} aria-hidden />} title={<Trans>There are no internal mailboxes</Trans>}>
        <Trans>
          Internal mailboxes receive mail directly on this server. They cannot be created yet. Mailboxes at Microsoft
          365 are under “External IMAP mailboxes”.
        </Trans>
      </EmptyState>
    </EmailPage>
  );
}
