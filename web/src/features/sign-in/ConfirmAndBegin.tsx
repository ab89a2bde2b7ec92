import { Trans, useLingui } from "@lingui/react/macro";
import { ArrowRight } from "lucide-react";
import { useId, useState } from "react";
import { Link } from "@tanstack/react-router";
import { type Mailbox, isApiError } from "@/api";
import { ErrorNote, useMe } from "@/session";
import { Button, Checkbox, buttonClass, cx } from "@/ui";
import { useStartSignIn } from "./useStartSignIn";

interface ConfirmAndBeginProps {
  readonly mailbox: Mailbox;
  /** Somebody else's account came back last time: perhaps it may open the mailbox. */
  readonly isOthers?: boolean;
}

/** The confirmation that must precede every sign-in, and the one button that leads to Microsoft. */
export function ConfirmAndBegin({ mailbox, isOthers = false }: ConfirmAndBeginProps) {
  const { t } = useLingui();
  const { may_settings } = useMe();
  const reminderId = useId();
  const [isConfirmed, setConfirmed] = useState(false);
  const [isReminded, setReminded] = useState(false);
  const [isShared, setShared] = useState(isOthers || mailbox.is_shared === true);
  const { isBusy, error, start } = useStartSignIn(mailbox.id, { is_shared: isShared });
  const isMissing = isReminded && !isConfirmed;
  const begin = () => (isConfirmed ? start() : setReminded(true));
  return (
    <div className="flex flex-col gap-3">
      {error !== null && <ErrorNote error={error} />}
      {isApiError(error, "app_missing") && may_settings && (
        <div><Link to="/settings/basic/microsoft" className={buttonClass("secondary")}>{t`To the Microsoft settings`}</Link></div>
      )}
      <div>
        <Checkbox
          label={t`This is a shared mailbox: I sign in with my own account, which may open it.`}
          checked={isShared}
          onChange={(event) => setShared(event.target.checked)}
        />
      </div>
      <div className={cx("-mx-3 rounded-md px-3 py-1", isMissing && "bg-danger-surface")}>
        <Checkbox
          label={t`I have read who will be able to read this mailbox, and I agree.`}
          checked={isConfirmed}
          onChange={(event) => setConfirmed(event.target.checked)}
          aria-invalid={isMissing}
          aria-describedby={reminderId}
        />
        <p id={reminderId} role="alert" className="pl-6.5 text-list text-danger empty:hidden">
          {isMissing ? t`Please confirm this first.` : ""}
        </p>
      </div>
      <div>
        <Button variant="primary" isBusy={isBusy} onClick={begin} className="w-full phone:w-auto">
          <Trans>Sign in at Microsoft</Trans>
          <ArrowRight size={16} aria-hidden />
        </Button>
      </div>
    </div>
  );
}
