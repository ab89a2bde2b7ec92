import { Trans, useLingui } from "@lingui/react/macro";
import { Mail } from "lucide-react";
import { useState } from "react";
import { type ApplicationAccess as Access, type MicrosoftSettings } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed, useMe } from "@/session";
import { Button, buttonClass, TextField } from "@/ui";
import { CopyField } from "./CopyField";

export interface ApprovalProps {
  readonly settings: MicrosoftSettings;
  readonly onSaved: (fresh: MicrosoftSettings) => void;
}

/** Which organisation, and what its administrator opens to let Poststelle in for all its people. */
export function Approval({ settings, onSaved }: ApprovalProps) {
  const { t } = useLingui();
  const [tenant, setTenant] = useState(settings.app_tenant ?? "");
  const [access, setAccess] = useState<Access | null>(null);
  const deed = useDeed();
  const show = () =>
    void deed.run(async () => {
      if ((tenant.trim() || null) !== settings.app_tenant) onSaved(await admin.changeMicrosoft({ app_tenant: tenant.trim() || null }));
      setAccess(tenant.trim() ? await admin.applicationAccess() : null);
    });
  return (
    <>
      <p className="max-w-2xl">
        <Trans>Most organisations let only an administrator approve apps that read mail. One approval is good for everybody there; without it each person is asked, or is told to ask.</Trans>
      </p>
      {deed.error !== null && <ErrorNote error={deed.error} />}
      <div className="flex max-w-2xl flex-wrap items-end gap-2">
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
      {access && <ToHandOn access={access} />}
    </>
  );
}

function ToHandOn({ access }: { readonly access: Access }) {
  const { t } = useLingui();
  const page = access.page_url ?? access.admin_consent_url;
  return (
    <div className="flex max-w-2xl flex-col gap-4">
      <CopyField label={t`Page to hand on: it explains everything and leads to Microsoft`} value={page} />
      <CopyField label={t`For the organisation's administrator`} value={access.admin_consent_url} />
      <div>
        <a href={useLetter(page, access.admin_consent_url)} className={buttonClass("secondary")}>
          <Mail size={16} aria-hidden />
          <Trans>Write to the administrator</Trans>
        </a>
      </div>
    </div>
  );
}

function useLetter(page: string, link: string): string {
  const { t } = useLingui();
  const { name } = useMe();
  const subject = t`Please approve Poststelle in Microsoft 365`;
  const body = t`Hello,

we would like to use our mailboxes in Poststelle. Microsoft asks an administrator of our organisation to approve this once. This page explains what is asked for, and why:

${page}

If you cannot reach it, this link leads to Microsoft directly:

${link}

Kind regards
${name}`;
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body.replaceAll("\n", "\r\n"))}`;
}
