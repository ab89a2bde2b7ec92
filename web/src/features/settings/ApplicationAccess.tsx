import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type ApplicationAccess as Access, type MicrosoftSettings } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed } from "@/session";
import { Button, CopyButton, TextField } from "@/ui";
import { Group } from "./Page";

/** Access without a person: which organisation, and what its administrator opens to approve it. */
export function ApplicationAccess({ settings, onSaved }: { readonly settings: MicrosoftSettings; readonly onSaved: (fresh: MicrosoftSettings) => void }) {
  const { t } = useLingui();
  const [tenant, setTenant] = useState(settings.app_tenant ?? "");
  const [access, setAccess] = useState<Access | null>(null);
  const deed = useDeed();
  const show = () =>
    void deed.run(async () => {
      onSaved(await admin.changeMicrosoft({ app_tenant: tenant.trim() || null }));
      setAccess(tenant.trim() ? await admin.applicationAccess() : null);
    });
  return (
    <Group
      title={<Trans>Access by application</Trans>}
      intro={<Trans>Poststelle can open chosen mailboxes by itself, without anybody's sign-in. The organisation's administrator approves it once; then each mailbox is chosen on its own page.</Trans>}
    >
      <div className="flex max-w-2xl flex-col gap-4">
        {deed.error !== null && <ErrorNote error={deed.error} />}
        <div className="flex flex-wrap items-end gap-2">
          <TextField
            label={t`Organisation (tenant ID or domain)`}
            placeholder="example.onmicrosoft.com"
            autoComplete="off"
            spellCheck={false}
            value={tenant}
            onChange={(event) => setTenant(event.target.value)}
            className="grow"
          />
          <Button isBusy={deed.isBusy} onClick={show}><Trans>Save and show the approval link</Trans></Button>
        </div>
        {access && (
          <>
            <div className="flex items-end gap-1">
              <TextField label={t`For the organisation's administrator`} readOnly value={access.admin_consent_url} onFocus={(event) => event.target.select()} className="grow" />
              <CopyButton text={access.admin_consent_url} />
            </div>
            <p className="text-list text-muted">
              <Trans>
                Before, add these application permissions of Microsoft Graph to the app registration: {access.permissions.join(", ")}. They open every
                mailbox of the organisation unless a rule of Exchange (RBAC for Applications) narrows them.
              </Trans>
            </p>
          </>
        )}
      </div>
    </Group>
  );
}
