import { useState } from "react";
import { admin } from "@/api/admin";
import { LoadError, useMe, useResource } from "@/session";
import { SkeletonRows } from "@/ui";
import { AppMissing } from "./AppMissing";
import { CheckPlan } from "./CheckPlan";
import { EmailPage, withRow } from "./EmailPage";
import { ImportMailbox } from "./ImportMailbox";
import { ImportMany } from "./ImportMany";
import { MailboxList } from "./MailboxList";

export function ExternalMailboxesPage() {
  const { may_settings } = useMe();
  const [isMany, setMany] = useState(false);
  const { resource, reload, patch } = useResource("external", () => admin.accounts("external"), 4000);
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
