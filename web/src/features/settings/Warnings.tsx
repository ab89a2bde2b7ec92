import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { type Warning } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { signInReason, useMe, useResource } from "@/session";
import { Banner, Button, buttonClass, Details } from "@/ui";

const lookEveryMs = 60_000;
const shownAtFirst = 3; // the gravest come first; the rest must not bury the page

/** What stops working soon, or has stopped: above every settings page, for those who can do something about it. */
export function Warnings() {
  const { may_settings } = useMe();
  return may_settings ? <List /> : null;
}

function List() {
  const { resource } = useResource("warnings", admin.warnings, lookEveryMs);
  const warnings = resource.status === "ready" ? resource.data : [];
  const [isAll, setAll] = useState(false);
  const hidden = isAll ? 0 : Math.max(0, warnings.length - shownAtFirst);
  if (warnings.length === 0) return null;
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-2 px-4 pt-4 phone:px-8">
      {warnings.slice(0, isAll ? warnings.length : shownAtFirst).map((warning) => (
        <One key={`${warning.kind} ${warning.account ?? ""} ${warning.username}`} warning={warning} />
      ))}
      {hidden > 0 && (
        <div>
          <Button variant="ghost" onClick={() => setAll(true)}>
            <Plural value={hidden} one="Show # more" other="Show # more" />
          </Button>
        </div>
      )}
    </div>
  );
}

const isGrave: ReadonlySet<Warning["kind"]> = new Set(["app_refused", "application_too_wide", "not_synchronised", "disk_nearly_full", "files_unreachable", "loop_failing", "no_worker", "trail_broken", "sealing_stopped", "sealing_began_anew", "archive_broken"]);

function One({ warning }: { readonly warning: Warning }) {
  const dates = useDates();
  const { address } = warning;
  const name = warning.username || address;
  const { what, remedy } = signInReason(warning.code);
  const day = warning.at ? dates.day(warning.at) : "";
  const secret = <Trans>Create a new one in the app registration at Microsoft and enter it in the Microsoft settings. Otherwise all mailboxes stop.</Trans>;
  const parts: Record<Warning["kind"], readonly [title: ReactNode, text: ReactNode]> = {
    app_refused: [what, remedy],
    secret_ended: [<Trans key="t">The client secret has expired</Trans>, secret],
    secret_ends: [<Trans key="t">The client secret ends on {day}</Trans>, secret],
    certificate_ended: [<Trans key="t">The certificate has expired</Trans>, secret],
    certificate_ends: [<Trans key="t">The certificate ends on {day}</Trans>, secret],
    sign_in_needed: [<Trans key="t">{address} needs a sign-in</Trans>, <>{what} {remedy}</>],
    sign_in_lost: [<Trans key="t">{address}: the sign-in {name} no longer works</Trans>, <>{what} {remedy} <Trans>Another one has taken over.</Trans></>],
    sign_in_idle: [
      <Trans key="t">{address}: the sign-in {name} will expire on {day}</Trans>,
      <Trans key="x">It could not be renewed for two months. Sign in again before that day, or look at the Microsoft settings.</Trans>,
    ],
    application_too_wide: [
      <Trans key="t">Poststelle can open mailboxes that it was not given</Trans>,
      <Trans key="x">The proof of {day} opened {name}, which must stay shut. Take the application permissions away at Microsoft; step 7 of the Microsoft settings has the commands.</Trans>,
    ],
    archive_behind: [
      <Trans key="t">{address}: the archive cannot keep up</Trans>,
      <Trans key="x">For more than an hour no message could be put into it. Nothing is lost while the messages stay at Microsoft; if it stays so, look at the mailbox and at the log of the server.</Trans>,
    ],
    forwarding_refused: [
      <Trans key="t">{address}: Microsoft returned mail that was to be forwarded</Trans>,
      <Trans key="x">The organisation lets nothing be forwarded to outside addresses. The mail itself lies in the mailbox.</Trans>,
    ],
    not_synchronised: [
      <Trans key="t">{address} is not being synchronised</Trans>,
      <Trans key="x">Poststelle goes on trying. If it stays so, look at the mailbox, and at whether Microsoft 365 has a disturbance.</Trans>,
    ],
    changes_wait: [
      <Trans key="t">{address}: changes have been waiting for more than an hour</Trans>,
      <Trans key="x">They are kept and sent as soon as Microsoft takes them. Who works in the mailbox sees under its state which they are.</Trans>,
    ],
    check_overdue: [
      <Trans key="t">{address}: completeness could not be checked for three days</Trans>,
      <Trans key="x">The mail is there; only the proof is missing. Start a check on the page of the mailbox.</Trans>,
    ],
    disk_nearly_full: [
      <Trans key="t">The server is running out of disk space</Trans>,
      <Trans key="x">Make room where the data lies: without it no new mail can be stored.</Trans>,
    ],
    files_unreachable: [
      <Trans key="t">The storage of messages and files can’t be reached</Trans>,
      <Trans key="x">Mail is read and arrives as ever. Attachments can’t be opened, and letters with attachments wait, until it answers again. Pass this to whoever runs the server.</Trans>,
    ],
    webhook_failing: [
      <Trans key="t">The webhook {name} has taken nothing since {day}</Trans>,
      <Trans key="x">Activities wait and are sent again and again, for five days. Look at the program that is to take them.</Trans>,
    ],
    webhook_given_up: [
      <Trans key="t">The webhook {name} was paused: it has taken nothing for five days</Trans>,
      <Trans key="x">No activity is lost: they wait. When the program works again, resume it.</Trans>,
    ],
    webhook_refuses: [
      <Trans key="t">The webhook {name} has not taken some activities</Trans>,
      <Trans key="x">It was tried for five days, while it took others. Send them again, or say that they need not be sent.</Trans>,
    ],
    no_worker: [
      <Trans key="t">Nothing is fetched and nothing is sent</Trans>,
      <Trans key="x">No worker process runs. What people do is kept and goes on as soon as one does: start it on the server, with the same environment and the role worker.</Trans>,
    ],
    trail_broken: [
      <Trans key="t">The audit trail was changed or shortened past Poststelle</Trans>,
      <Trans key="x">Somebody has written to the database. Look at what is named on the page, keep a copy of the database, and compare it with your last backup.</Trans>,
    ],
    sealing_stopped: [
      <Trans key="t">New entries of the audit trail are not being sealed</Trans>,
      <Trans key="x">Until they are, nothing proves that nobody changes them. Look at whether the key is the right one, and at the log of the server.</Trans>,
    ],
    sealing_began_anew: [
      <Trans key="t">Sealing of the audit trail began anew on {day}</Trans>,
      <Trans key="x">Nothing proves the entries that are older. Unless a very old version of Poststelle was updated then, somebody has written to the database: keep a copy of it, and compare it with a backup of before. This stands here for three months.</Trans>,
    ],
    archive_broken: [
      <Trans key="t">{address}: the archive is missing, or is not what it was</Trans>,
      <Trans key="x">Somebody has written to the database, or files are damaged. Look at what is named on the page, keep a copy of database and files, and compare them with your last backup.</Trans>,
    ],
    proof_overdue: [
      <Trans key="t">The audit trail and the archives could not all be checked since {day}</Trans>,
      <Trans key="x">They are checked each night while the server runs. Check them by hand, and look at the log of the server.</Trans>,
    ],
    loop_failing: [
      <Trans key="t">A part of the program keeps breaking off</Trans>,
      <Trans key="x">It is begun again by itself. Pass the text under “Details” and the log of the server to whoever runs it.</Trans>,
    ],
  };
  const [title, text] = parts[warning.kind];
  const isOver = isGrave.has(warning.kind) || warning.kind.endsWith("_ended") || warning.kind === "sign_in_needed";
  return (
    <Banner tone={isOver ? "danger" : "warning"} title={title} actions={<Door warning={warning} />}>
      {text}
      {warning.code && <Details code={warning.code} />}
    </Banner>
  );
}

function Door({ warning }: { readonly warning: Warning }) {
  const { t } = useLingui();
  if (warning.account && warning.kind === "forwarding_refused") {
    return <Link to="/settings/me/absence" search={{ of: warning.account }} className={buttonClass("secondary")}>{t`To the forwarding`}</Link>;
  }
  if (warning.account && warning.kind === "archive_broken") {
    return <Link to="/settings/basic/archive" search={{ of: warning.account }} className={buttonClass("secondary")}>{t`To the archive`}</Link>;
  }
  if (["trail_broken", "sealing_stopped", "sealing_began_anew", "proof_overdue"].includes(warning.kind)) {
    return <Link to="/settings/basic/audit" className={buttonClass("secondary")}>{t`To the audit trail`}</Link>;
  }
  if (warning.account) {
    return (
      <Link to="/settings/basic/email/external/$accountId" params={{ accountId: warning.account }} className={buttonClass("secondary")}>
        {t`To the mailbox`}
      </Link>
    );
  }
  if (warning.kind.startsWith("webhook_")) {
    return <Link to="/settings/basic/webhooks" className={buttonClass("secondary")}>{t`To the webhooks`}</Link>;
  }
  if (warning.kind === "disk_nearly_full" || warning.kind === "files_unreachable" || warning.kind === "loop_failing" || warning.kind === "no_worker") {
    return <Link to="/settings/basic/health" className={buttonClass("secondary")}>{t`To the health page`}</Link>;
  }
  return <Link to="/settings/basic/microsoft" className={buttonClass("secondary")}>{t`To the Microsoft settings`}</Link>;
}
