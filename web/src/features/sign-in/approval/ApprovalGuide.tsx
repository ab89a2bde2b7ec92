import { Trans, useLingui } from "@lingui/react/macro";
import { Hourglass, Mail } from "lucide-react";
import { useEffect, useRef } from "react";
import { api, type Approval } from "@/api";
import { Ago } from "@/i18n";
import { ErrorNote, useMe, useResource } from "@/session";
import { buttonClass, CopyButton, inputClass, SkeletonRows } from "@/ui";
import { permissionName, permissionReason } from "./permissions";

export interface ApprovalGuideProps {
  readonly accountId: string;
  readonly address: string;
  /** Called once the approval is there. */
  readonly onGiven?: () => void;
}

const lookEveryMs = 5_000;

/** The link to hand on to the organisation's administrator at Microsoft, and what it asks for, and why. */
export function ApprovalGuide({ accountId, address, onGiven }: ApprovalGuideProps) {
  const { resource } = useResource(accountId, () => api.approval(accountId), lookEveryMs);
  const isGiven = resource.status === "ready" && Boolean(resource.data.given_at);
  const told = useRef(onGiven);
  useEffect(() => {
    told.current = onGiven;
  });
  useEffect(() => {
    if (isGiven) told.current?.();
  }, [isGiven]);
  if (resource.status === "loading") return <SkeletonRows rows={2} />;
  if (resource.status === "failed") return <ErrorNote error={resource.error} />;
  return (
    <section className="flex flex-col gap-5 rounded-md border border-border p-5">
      <LinkToHandOn approval={resource.data} address={address} />
      <Waiting since={resource.data.asked_at ?? null} />
      <Permissions scopes={resource.data.scopes} />
      <p className="text-list text-muted">
        <Trans>Poststelle's number at Microsoft (client ID):</Trans>{" "}
        <code className="font-mono text-fine break-all text-ink">{resource.data.client_id}</code>
      </p>
    </section>
  );
}

/** That nobody has to do anything here until then. */
function Waiting({ since }: { readonly since: string | null }) {
  return (
    <p role="status" className="flex items-center gap-2.5 rounded-md bg-info-surface px-4 py-3">
      <Hourglass size={18} aria-hidden className="shrink-0 text-accent" />
      <span>
        {since ? <Trans>The approval was asked for <Ago at={since} /> and is still to come.</Trans> : <Trans>Waiting for the approval.</Trans>}{" "}
        <Trans>This page goes on by itself once it is there. If your administrator has approved it elsewhere at Microsoft, just sign in again.</Trans>
      </span>
    </p>
  );
}

function LinkToHandOn({ approval, address }: { readonly approval: Approval; readonly address: string }) {
  const { t } = useLingui();
  const link = approval.admin_consent_url;
  return (
    <div className="flex flex-col gap-2">
      <h2 className="font-semibold">
        <Trans>Link for the administrator</Trans>
      </h2>
      <input
        readOnly
        value={link}
        aria-label={t`Link for the administrator`}
        onFocus={(event) => event.target.select()}
        className={inputClass}
      />
      {approval.page_url && (
        <p className="text-list text-muted">
          <Trans>It leads straight to Microsoft. This page explains it first, without a login:</Trans>{" "}
          <a href={approval.page_url} target="_blank" rel="noreferrer" className="text-accent underline">{t`Page for the administrator`}</a>
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <CopyButton text={link} label={t`Copy link`} variant="primary" />
        {approval.page_url && <CopyButton text={approval.page_url} label={t`Copy the page's address`} />}
        <a href={useMailTo(link, address)} className={buttonClass("secondary")}>
          <Mail size={16} aria-hidden />
          <Trans>Send by e-mail</Trans>
        </a>
      </div>
    </div>
  );
}

function useMailTo(link: string, address: string): string {
  const { t } = useLingui();
  const { name } = useMe();
  const subject = t`Please approve Poststelle in Microsoft 365`;
  const body = t`Hello,

we would like to use the mailbox ${address} in Poststelle. Microsoft asks an administrator of our organisation to approve this once. Please open this link, sign in with your administrator account and accept:

${link}

The permissions concern only mailboxes whose owner signs in to Poststelle; there is no access to other mailboxes.

Kind regards
${name}`;
  return `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body.replaceAll("\n", "\r\n"))}`;
}

export function Permissions({ scopes }: { readonly scopes: readonly string[] }) {
  return (
    <div>
      <h2 className="font-semibold">
        <Trans>Which permissions, and why</Trans>
      </h2>
      <dl className="mt-2 flex flex-col gap-2">
        {scopes.map((scope) => (
          <div key={scope} className="grid gap-x-4 phone:grid-cols-[200px_1fr]">
            <dt className="font-mono text-fine leading-5 break-all">{permissionName(scope)}</dt>
            <dd className="text-muted">{permissionReason(scope)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-3 text-muted">
        <Trans>
          These are permissions “on behalf of the person who signs in”: Poststelle reaches only mailboxes whose owner
          has signed in, never all mailboxes of the organisation.
        </Trans>
      </p>
    </div>
  );
}
