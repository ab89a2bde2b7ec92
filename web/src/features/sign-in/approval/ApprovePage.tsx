import { Trans, useLingui } from "@lingui/react/macro";
import { useParams } from "@tanstack/react-router";
import { ArrowRight, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { type ApprovalPage, setup } from "@/api/setup";
import { useResource } from "@/session";
import { Banner, Button, buttonClass, SkeletonRows } from "@/ui";
import { Permissions } from "./ApprovalGuide";
import { permissionName } from "./permissions";

/**
 * What is handed on to the organisation's administrator at Microsoft: who asks,
 * for what, and why, in one page, without a login here. It names no mailbox.
 */
export function ApprovePage() {
  const { link } = useParams({ from: "/approve/$link" });
  const { resource, reload } = useResource(link, () => setup.approvalPage(link));
  return (
    <main className="flex min-h-dvh flex-col items-center bg-sunken px-4 py-8 phone:py-14">
      <div className="flex w-full max-w-xl flex-col gap-5 rounded-md border border-border bg-surface p-5 phone:p-8">
        <p className="text-list font-semibold text-muted">Poststelle</p>
        {resource.status === "loading" ? (
          <SkeletonRows rows={4} />
        ) : resource.status === "failed" ? (
          <NotOurs onRetry={() => void reload()} />
        ) : (
          <Asked page={resource.data} />
        )}
      </div>
    </main>
  );
}

function NotOurs({ onRetry }: { readonly onRetry: () => void }) {
  const { t } = useLingui();
  return (
    <>
      <h1 className="text-title font-semibold"><Trans>This link does not lead to an approval</Trans></h1>
      <p className="text-reading"><Trans>It may be incomplete, or what it was about has been deleted. Please ask the person who sent it to you for a new one.</Trans></p>
      <div><Button onClick={onRetry}>{t`Try again`}</Button></div>
    </>
  );
}

function Asked({ page }: { readonly page: ApprovalPage }) {
  if (page.is_given) {
    return (
      <>
        <CircleCheck size={28} aria-hidden className="text-success" />
        <h1 className="text-title font-semibold"><Trans>This has been approved already</Trans></h1>
        <p className="text-reading"><Trans>There is nothing left to do for you.</Trans></p>
      </>
    );
  }
  const organisation = page.organisation;
  return (
    <>
      <header>
        <h1 className="text-page font-semibold text-balance"><Trans>Your colleagues ask you to approve Poststelle</Trans></h1>
        {organisation && <p className="mt-1 break-all text-muted">{organisation}</p>}
      </header>
      <p className="text-reading">
        <Trans>Poststelle is a mail program that runs on a server of your own team. Microsoft 365 lets only an administrator approve programs that read mail. It takes a minute, once for the whole organisation.</Trans>
      </p>
      <section>
        <h2 className="font-semibold"><Trans>What you do</Trans></h2>
        <ol className="mt-2 flex list-decimal flex-col gap-1.5 pl-5 marker:text-muted">
          <li><Trans>Press the button and sign in at Microsoft with your administrator account. The password is typed only there.</Trans></li>
          <li><Trans>Compare the name Poststelle and the permissions with this page, and accept.</Trans></li>
          <li><Trans>You come back here, and your colleagues can go on.</Trans></li>
        </ol>
      </section>
      <a href={page.admin_consent_url} className={buttonClass("primary")}>
        <Trans>Approve at Microsoft</Trans>
        <ArrowRight size={16} aria-hidden />
      </a>
      <Permissions scopes={page.scopes} />
      {page.permissions.length > 0 && <ByItself names={page.permissions.map(permissionName).join(", ")} />}
      <Facts clientId={page.client_id} />
    </>
  );
}

function ByItself({ names }: { readonly names: string }) {
  return (
    <Banner tone="warning" title={<Trans>If Microsoft also lists application permissions</Trans>}>
      <Trans>Application permissions ({names}) open every mailbox of the organisation. They are not needed: chosen mailboxes are given in Exchange instead. Ask before you accept them.</Trans>
    </Banner>
  );
}

function Facts({ clientId }: { readonly clientId: string }) {
  return (
    <dl className="grid gap-x-4 gap-y-2 border-t border-border pt-4 text-list phone:grid-cols-[180px_1fr]">
      <Fact name={<Trans>Client ID at Microsoft</Trans>}><code className="font-mono text-fine break-all">{clientId}</code></Fact>
      <Fact name={<Trans>Taking it back</Trans>}><Trans>At any time: Microsoft Entra, Enterprise applications, Poststelle, Delete.</Trans></Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-muted">{name}</dt>
      <dd className="-mt-1 min-w-0 phone:mt-0">{children}</dd>
    </div>
  );
}
