import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Info, TriangleAlert } from "lucide-react";
import { Suspense, useState } from "react";
import { api, type Mailbox } from "@/api";
import { LoadError, microsoftCode, useMe, useResource } from "@/session";
import { buttonClass, cx, Details, SkeletonRows } from "@/ui";
import { ApprovalGuide } from "./approvalDoor";
import { ConfirmAndBegin } from "./ConfirmAndBegin";
import { describeOutcome, type Outcome } from "./outcomes";
import { listNames } from "./people";

export interface ResultPageProps {
  readonly accountId: string;
  readonly outcome: string;
  /** What Microsoft said, for "Details". */
  readonly detail: string | null;
  readonly signedInAs: string | null;
}

/** Where the way back from Microsoft ends when it did not simply work: cause, remedy, next button. */
export function ResultPage({ accountId, outcome, detail, signedInAs }: ResultPageProps) {
  const { resource, reload } = useResource("mailboxes", api.mailboxes);
  const [approvedFor, setApprovedFor] = useState<string | null>(null);
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  if (resource.status === "loading") {
    return (
      <div className="mx-auto w-full max-w-xl px-5 py-14">
        <SkeletonRows rows={3} />
      </div>
    );
  }
  const mailbox = resource.data.find((one) => one.id === accountId);
  if (!mailbox) return isAccountId(accountId) ? <NotAssigned /> : <Nameless outcome={outcome} detail={detail} />;
  const facts = { address: mailbox.address, signedInAs, code: microsoftCode(detail) };
  const isGiven = approvedFor === mailbox.id || Boolean(mailbox.approval?.given_at);
  const now = isGiven && isWaiting(outcome) ? "approved" : outcome;
  return <Result mailbox={mailbox} outcome={describeOutcome(now, facts)} detail={now === outcome ? detail : null} onGiven={() => setApprovedFor(mailbox.id)} />;
}

const isWaiting = (outcome: string): boolean => outcome === "approval_needed" || outcome === "approval_requested";

/** The server says "unknown" where it cannot tell which mailbox a late answer belongs to. */
const isAccountId = (id: string): boolean => /^a\w+$/u.test(id);

function Nameless({ outcome, detail }: { readonly outcome: string; readonly detail: string | null }) {
  const { tone, title, cause, remedy } = describeOutcome(outcome, { address: "", signedInAs: null, code: null });
  return (
    <main className="mx-auto flex max-w-xl flex-col gap-5 px-5 py-8 phone:py-14">
      <Mark tone={tone} />
      <h1 className="text-page font-semibold">{title}</h1>
      <div className="flex flex-col gap-3 text-reading">
        <p>{cause}</p>
        <p>{remedy}</p>
      </div>
      <p>
        <Link to="/mail" className={buttonClass("primary")}>
          <Trans>Go to my mailboxes</Trans>
        </Link>
      </p>
      {detail && <Details code={detail} />}
    </main>
  );
}

interface ResultProps {
  readonly mailbox: Mailbox;
  readonly outcome: Outcome;
  readonly detail: string | null;
  readonly onGiven: () => void;
}

function Result({ mailbox, outcome, detail, onGiven }: ResultProps) {
  return (
    <main className="min-h-0 grow overflow-y-auto">
      <div className="mx-auto flex max-w-xl flex-col gap-5 px-5 py-8 phone:py-14">
        <Mark tone={outcome.tone} />
        <header>
          <h1 className="text-page font-semibold">{outcome.title}</h1>
          <p className="mt-1 break-words text-muted">{mailbox.address}</p>
        </header>
        <div className="flex flex-col gap-3 text-reading">
          <p>{outcome.cause}</p>
          <p>{outcome.remedy}</p>
        </div>
        {outcome.next === "approval" && (
          <Suspense fallback={<SkeletonRows rows={3} />}>
            <ApprovalGuide accountId={mailbox.id} address={mailbox.address} onGiven={onGiven} />
          </Suspense>
        )}
        <NextSteps mailbox={mailbox} next={outcome.next} />
        {detail && <Details code={detail} />}
      </div>
    </main>
  );
}

function Mark({ tone }: { readonly tone: Outcome["tone"] }) {
  const Icon = tone === "success" ? CircleCheck : tone === "warning" ? TriangleAlert : Info;
  const colour = { success: "text-success", warning: "text-warning", info: "text-accent" }[tone];
  return <Icon size={28} aria-hidden className={cx("-mb-2", colour)} />;
}

function NextSteps({ mailbox, next }: { readonly mailbox: Mailbox; readonly next: Outcome["next"] }) {
  const { may_settings } = useMe();
  return (
    <div className="flex flex-col gap-4">
      {next === "settings" && may_settings && (
        <div>
          <Link to="/settings/basic/microsoft" className={buttonClass("primary")}>
            <Trans>Open the Microsoft settings</Trans>
          </Link>
        </div>
      )}
      {mailbox.may_sign_in && next !== "settings" && <SignInNow mailbox={mailbox} isAfterApproval={next === "approval"} />}
      <div className="-ml-3">
        <Link to="/mail/$accountId" params={{ accountId: mailbox.id }} className={buttonClass("ghost")}>
          <Trans>Back to the mailbox</Trans>
        </Link>
      </div>
    </div>
  );
}

/** The next try: the names stand here too, because every sign-in must be confirmed knowing them. */
function SignInNow({ mailbox, isAfterApproval }: { readonly mailbox: Mailbox; readonly isAfterApproval: boolean }) {
  const { i18n } = useLingui();
  const names = listNames(mailbox.readers, i18n.locale);
  return (
    <section className="flex flex-col gap-1 border-t border-border pt-4">
      {isAfterApproval && (
        <h2 className="font-semibold">
          <Trans>Once it has been approved</Trans>
        </h2>
      )}
      <p>
        <Trans>
          After the sign-in, these people can read the whole mailbox: <strong>{names}</strong>.
        </Trans>
      </p>
      <ConfirmAndBegin mailbox={mailbox} />
    </section>
  );
}

function NotAssigned() {
  return (
    <main className="mx-auto max-w-xl px-5 py-14">
      <h1 className="text-page font-semibold">
        <Trans>This mailbox is not assigned to you</Trans>
      </h1>
      <p className="mt-3 text-reading">
        <Trans>It may have been deleted, or your assignment has ended. Your administrator can assign it to you.</Trans>
      </p>
      <p className="mt-5">
        <Link to="/mail" className={buttonClass("primary")}>
          <Trans>Go to my mailboxes</Trans>
        </Link>
      </p>
    </main>
  );
}
