import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Info } from "lucide-react";
import { buttonClass, Details } from "@/ui";

export interface GuestResultProps {
  readonly outcome: string;
  readonly detail: string | null;
}

/**
 * The way back from Microsoft for somebody without a login here, as a rule the
 * organisation's administrator who opened the approval link. Tells nothing of the mailbox.
 */
export function GuestResult({ outcome, detail }: GuestResultProps) {
  return (
    <main className="flex min-h-dvh flex-col items-center bg-sunken px-4 py-10 phone:justify-center">
      <div className="flex w-full max-w-lg flex-col gap-4 rounded-md border border-border bg-surface p-6">
        {outcome === "approved" ? <Approved /> : <NotApproved />}
        {detail && <Details code={detail} />}
        <p className="border-t border-border pt-4">
          <Link to="/login" className={buttonClass("secondary")}>
            <Trans>Log in to Poststelle</Trans>
          </Link>
        </p>
      </div>
    </main>
  );
}

function Approved() {
  return (
    <>
      <CircleCheck size={28} aria-hidden className="text-success" />
      <h1 className="text-title font-semibold">
        <Trans>Thank you, the approval is there</Trans>
      </h1>
      <p className="text-reading">
        <Trans>
          Your organisation may now use Poststelle. Your part is done and you can close this page; the person who sent
          you the link now signs in for the mailbox.
        </Trans>
      </p>
    </>
  );
}

function NotApproved() {
  return (
    <>
      <Info size={28} aria-hidden className="text-accent" />
      <h1 className="text-title font-semibold">
        <Trans>The sign-in at Microsoft was not completed</Trans>
      </h1>
      <p className="text-reading">
        <Trans>
          Nothing was changed. If you were asked to approve Poststelle, please open the link again and accept. If you
          were connecting a mailbox, log in first and begin again there.
        </Trans>
      </p>
    </>
  );
}
