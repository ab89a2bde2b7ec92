import { Trans, useLingui } from "@lingui/react/macro";
import { Plus } from "lucide-react";
import { useState } from "react";
import { admin } from "@/api/admin";
import { type NewWebhook, webhooks } from "@/api/webhooks";
import { LoadError, useResource } from "@/session";
import { Button, EmptyState, SkeletonRows } from "@/ui";
import { Page } from "../Page";
import { EditWebhook, SecretOf } from "./WebhookDialogs";
import { WebhookGroup } from "./WebhookGroup";

const REFRESH_MS = 10_000;

/** Programs that are told of activities: whether they take what they are told, and what came of it. */
export function WebhooksPage() {
  const { t } = useLingui();
  const { resource, reload } = useResource("webhooks", webhooks.list, REFRESH_MS);
  const accounts = useResource("accounts of webhooks", () => admin.accounts("all"));
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<NewWebhook | null>(null);
  const mailboxes = accounts.resource.status === "ready" ? accounts.resource.data : [];
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  const tell = (fresh: NewWebhook | null) => {
    setAdding(false);
    setMade(fresh);
    void reload();
  };
  const button = <Button variant="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}><Trans>New webhook</Trans></Button>;
  return (
    <Page
      title={t`Webhooks`}
      intro={t`A program of yours, such as a CRM, is told of each activity: signed, in the order of a contact, and until it has taken it.`}
      side={resource.status === "ready" && resource.data.length > 0 && button}
    >
      {resource.status === "loading" && <SkeletonRows rows={4} />}
      {resource.status === "ready" && resource.data.length === 0 && (
        <EmptyState title={<Trans>Activities are not passed on</Trans>} actions={button}>
          <Trans>Give the address of a program, and it is told what was received from a contact and what was sent to them.</Trans>
        </EmptyState>
      )}
      {resource.status === "ready" && resource.data.map((one) => (
        <WebhookGroup key={one.id} webhook={one} mailboxes={mailboxes} onChanged={() => void reload()} onSecret={tell} />
      ))}
      {isAdding && <EditWebhook webhook={null} mailboxes={mailboxes} onClose={() => setAdding(false)} onDone={tell} />}
      {made && <SecretOf made={made} onClose={() => setMade(null)} />}
    </Page>
  );
}
