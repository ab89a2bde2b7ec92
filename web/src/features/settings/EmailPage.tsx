import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { CircleHelp } from "lucide-react";
import type { ReactNode } from "react";
import type { AccountRow } from "@/api";
import { Button, Tabs } from "@/ui";
import { useOpenHelp } from "./HelpDoor";
import { Page } from "./Page";

type Tab = "internal" | "external";

/** E-mail administration: both tabs, each at its own address. */
export function EmailPage({ tab, children }: { readonly tab: Tab; readonly children: ReactNode }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const openHelp = useOpenHelp();
  return (
    <Page
      title={<Trans>E-mail administration</Trans>}
      side={
        tab === "external" && (
          <Button variant="ghost" className="relative -left-3 phone:left-0" icon={<CircleHelp size={16} aria-hidden />} onClick={openHelp}>
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
export function withRow(rows: readonly AccountRow[], row: AccountRow): readonly AccountRow[] {
  const key = (one: AccountRow) => one.address.toLowerCase();
  return [...rows.filter((one) => one.id !== row.id), row].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
