import { Trans } from "@lingui/react/macro";
import { Inbox } from "lucide-react";
import { admin } from "@/api/admin";
import { LoadError, NoRight, useMe, useResource } from "@/session";
import { EmptyState, SkeletonRows } from "@/ui";
import { AddInternal } from "./AddInternal";
import { EmailPage, withRow } from "./EmailPage";
import { InternalList } from "./InternalList";

/** Mailboxes of this server's own: made here with their users, and listed. */
export function InternalMailboxesPage() {
  const { may_settings } = useMe();
  const { resource, reload, patch } = useResource("internal", () => admin.accounts("internal"), 10_000);
  if (!may_settings) return <NoRight error={resource.status === "failed" ? resource.error : null} />;
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  return (
    <EmailPage tab="internal">
      <AddInternal onAdded={(row) => patch((rows) => withRow(rows, row))} />
      {resource.status === "loading" ? (
        <SkeletonRows />
      ) : resource.data.length === 0 ? (
        <EmptyState icon={<Inbox size={24} aria-hidden />} title={<Trans>There are no internal mailboxes yet</Trans>}>
          <Trans>
            An internal mailbox is kept on this server alone: for an archive, or for mail that programs bring here. It does
            not receive or send mail over the internet yet. Enter an address above to create one.
          </Trans>
        </EmptyState>
      ) : (
        <InternalList rows={resource.data} />
      )}
    </EmailPage>
  );
}
