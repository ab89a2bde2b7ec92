import { Trans, useLingui } from "@lingui/react/macro";
import { ExternalLink } from "lucide-react";
import type { ReactNode } from "react";
import type { Cloud, MicrosoftSettings } from "@/api";
import { buttonClass, CopyButton } from "@/ui";
import { approvalUri, isTenantWord } from "../microsoft";
import { Commands, CopyField } from "./CopyField";

/** Microsoft's administration centre of each cloud. Source: Microsoft Entra, "National clouds". */
const centres: Readonly<Record<Cloud, string>> = {
  global: "https://entra.microsoft.com",
  us_gov: "https://entra.microsoft.us",
  us_dod: "https://entra.microsoft.us",
  china: "https://entra.microsoftonline.cn",
};
const registrations = "/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade";

function Deeds({ children }: { readonly children: ReactNode }) {
  return <ol className="flex max-w-2xl list-decimal flex-col gap-1.5 pl-5 marker:text-muted">{children}</ol>;
}

/** Name, kind of accounts, and both redirect addresses. */
export function Register({ settings }: { readonly settings: MicrosoftSettings }) {
  const { t } = useLingui();
  return (
    <>
      <div>
        <a href={centres[settings.cloud] + registrations} target="_blank" rel="noreferrer" className={buttonClass("secondary")}>
          <ExternalLink size={16} aria-hidden />
          <Trans>Open Microsoft's administration centre</Trans>
        </a>
      </div>
      <Deeds>
        <li><Trans>Sign in there with an administrator account of your organisation, then choose App registrations, “New registration”.</Trans></li>
        <li><Trans>Name: Poststelle. People see it when they sign in.</Trans></li>
        <li><KindOfAccounts tenant={settings.tenant} /></li>
        <li><Trans>Redirect URI: choose the platform “Web” (not “Single-page application”) and paste the first address. Then “Register”.</Trans></li>
        <li><Trans>Below Authentication, platform “Web”, add the second address and save.</Trans></li>
      </Deeds>
      <CopyField label={t`Redirect URI (platform “Web”)`} value={settings.redirect_uri} />
      <CopyField
        label={t`Second redirect URI (way back after an administrator's approval)`}
        value={settings.approved_uri ?? approvalUri(settings.redirect_uri)}
      />
    </>
  );
}

function KindOfAccounts({ tenant }: { readonly tenant: string }) {
  if (tenant === "common") return <Trans>Supported account types: accounts in any organisational directory and personal Microsoft accounts. If all mailboxes are of your organisation, choose “this organisational directory only” there and “One organisation only” in step 4: it is stricter.</Trans>;
  if (tenant === "organizations") return <Trans>Supported account types: accounts in any organisational directory.</Trans>;
  if (!isTenantWord(tenant)) return <Trans>Supported account types: accounts in this organisational directory only.</Trans>;
  return <Trans>Supported account types: personal Microsoft accounts only.</Trans>;
}

/** Delegated ones; those of the application are given by Exchange. */
export function Permissions({ settings }: { readonly settings: MicrosoftSettings }) {
  const { t } = useLingui();
  const names = settings.scopes.map((scope) => scope.split("/").pop() ?? scope);
  return (
    <>
      <p className="max-w-2xl">
        <Trans>In the registration choose API permissions, “Add a permission”, Microsoft Graph, “Delegated permissions”, and tick these:</Trans>
      </p>
      <ul className="flex flex-wrap items-center gap-2">
        {names.map((name) => (
          <li key={name} className="rounded-sm border border-border bg-sunken px-2 font-mono text-list leading-6">
            {name}
          </li>
        ))}
        <li><CopyButton text={names.join(" ")} label={t`Copy all`} /></li>
      </ul>
      <p className="max-w-2xl text-list text-muted">
        <Trans>“Delegated” means: only for mailboxes whose owner signs in. Add no application permissions: they would open every mailbox of the organisation.</Trans>
      </p>
    </>
  );
}

const days = 730;
const newCertificate = `openssl req -x509 -newkey rsa:3072 -nodes -days ${days} -subj "/CN=Poststelle" -keyout poststelle.key -out poststelle.crt`;

/** Two ways; the certificate is the better one. */
export function Credential() {
  const { t } = useLingui();
  return (
    <div className="grid gap-x-8 gap-y-5 wide:grid-cols-2">
      <section className="flex min-w-0 flex-col gap-2">
        <h3 className="font-semibold"><Trans>A secret, the quick way</Trans></h3>
        <Deeds>
          <li><Trans>Certificates & secrets, “New client secret”, for 24 months.</Trans></li>
          <li><Trans>Copy the column “Value” at once. It is shown only now, and “Secret ID” beside it is not it.</Trans></li>
          <li><Trans>Note the day on which it ends: you enter it in step 4, and are warned six weeks before.</Trans></li>
        </Deeds>
      </section>
      <section className="flex min-w-0 flex-col gap-2">
        <h3 className="font-semibold"><Trans>A certificate, the safer way</Trans></h3>
        <Deeds>
          <li><Trans>Make one with this command on your computer.</Trans></li>
          <li><Trans>Certificates & secrets, Certificates, “Upload certificate”: only poststelle.crt.</Trans></li>
          <li><Trans>In step 4 paste the contents of both files. The key never leaves this server.</Trans></li>
        </Deeds>
        <Commands label={t`Command for the certificate`} text={newCertificate} />
      </section>
    </div>
  );
}
