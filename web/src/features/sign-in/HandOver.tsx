import { Trans } from "@lingui/react/macro";
import { ShieldAlert } from "lucide-react";
import { Suspense } from "react";
import type { Mailbox } from "@/api";
import { Avatar, Banner, cx, Details, SkeletonRows } from "@/ui";
import { Waiting } from "./approvalDoor";
import { ConfirmAndBegin } from "./ConfirmAndBegin";
import { signInReason } from "@/session";

export interface HandOverProps {
  readonly mailbox: Mailbox;
  /** A dialog brings its own title and edges. */
  readonly place?: "page" | "dialog";
}

/**
 * Stands in place of a mailbox's content until somebody has signed in at
 * Microsoft, and again when a fresh sign-in is needed: whose mailbox it is, who
 * will read it, what Microsoft asks, one button.
 */
export function HandOver({ mailbox, place = "page" }: HandOverProps) {
  const isAgain = mailbox.state === "sign_in_needed";
  if (place === "dialog") return <Parts mailbox={mailbox} isAgain={isAgain} className="gap-5" />;
  return (
    <div className="h-full overflow-y-auto">
      <section className="mx-auto flex max-w-xl flex-col gap-6 px-5 py-8 phone:py-14" aria-labelledby="hand-over-title">
        <header>
          <h1 id="hand-over-title" className="text-page font-semibold text-balance">
            {isAgain ? <Trans>A new sign-in is needed</Trans> : <Trans>Connect this mailbox</Trans>}
          </h1>
          <p className="mt-1 text-reading break-words text-muted">
            {mailbox.name && <span className="text-ink">{mailbox.name} · </span>}
            {mailbox.address}
          </p>
        </header>
        <Parts mailbox={mailbox} isAgain={isAgain} className="gap-6" />
      </section>
    </div>
  );
}

interface PartsProps {
  readonly mailbox: Mailbox;
  readonly isAgain: boolean;
  readonly className: string;
}

function Parts({ mailbox, isAgain, className }: PartsProps) {
  return (
    <div className={cx("flex flex-col", className)}>
      {mailbox.approval ? <Suspense fallback={<SkeletonRows rows={3} />}><Waiting mailbox={mailbox} asked={mailbox.approval} /></Suspense> : isAgain ? <WhyAgain reason={mailbox.state_reason} /> : <WhyFirst />}
      <Readers names={mailbox.readers} />
      <Steps address={mailbox.address} />
      {mailbox.may_sign_in ? <ConfirmAndBegin mailbox={mailbox} /> : <MayNot />}
    </div>
  );
}

function WhyFirst() {
  return (
    <p className="text-reading">
      <Trans>
        One person signs in at Microsoft, once. From then on everybody assigned to this mailbox works with it here,
        without a Microsoft account of their own.
      </Trans>
    </p>
  );
}

/** Plain text: the only warning on the page is who will read the mailbox. */
function WhyAgain({ reason }: { readonly reason: string | null }) {
  const { what, remedy } = signInReason(reason);
  return (
    <div className="flex flex-col gap-1">
      <p className="font-semibold">{what}</p>
      <p>{remedy}</p>
      <p>
        <Trans>
          Messages already loaded stay readable. New ones arrive as soon as somebody has signed in again; changes you
          make until then are kept and sent afterwards.
        </Trans>
      </p>
      {reason && <Details code={reason} />}
    </div>
  );
}

function Readers({ names }: { readonly names: readonly string[] }) {
  return (
    <div className="rounded-md bg-warning-surface p-4">
      <h2 className="flex items-center gap-2 font-semibold text-warning">
        <ShieldAlert size={18} aria-hidden />
        <Trans>These people can read the whole mailbox afterwards</Trans>
      </h2>
      <ul className="mt-3 grid gap-x-4 gap-y-2 phone:grid-cols-2">
        {names.map((name, index) => (
          <li key={`${index}${name}`} className="flex min-w-0 items-center gap-2.5">
            <Avatar name={name} />
            <span className="truncate font-medium">{name}</span>
          </li>
        ))}
      </ul>
      <p className="mt-3">
        <Trans>
          They see every message and every attachment, even if they have no access to the Microsoft account. Who is
          assigned is decided by your administrator and can change later.
        </Trans>
      </p>
    </div>
  );
}

function Steps({ address }: { readonly address: string }) {
  return (
    <div>
      <h2 className="font-semibold">
        <Trans>What happens next</Trans>
      </h2>
      <ol className="mt-2 flex list-decimal flex-col gap-1.5 pl-5 marker:text-muted">
        <li>
          <Trans>
            Microsoft's sign-in page opens. Sign in as <strong className="break-words">{address}</strong>, or for a shared
            mailbox with your own account; the password is only typed there and never reaches Poststelle.
          </Trans>
        </li>
        <li>
          <Trans>
            Microsoft asks whether Poststelle may read, change and send mail for this account. Please accept.
          </Trans>
        </li>
        <li>
          <Trans>You come back here and the newest messages appear.</Trans>
        </li>
      </ol>
    </div>
  );
}

function MayNot() {
  return (
    <Banner tone="info" title={<Trans>You cannot sign in for this mailbox</Trans>}>
      <Trans>Please ask one of the people above or your administrator.</Trans>
    </Banner>
  );
}
