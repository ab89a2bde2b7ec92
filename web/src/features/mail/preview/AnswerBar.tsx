import { useLingui } from "@lingui/react/macro";
import { Forward, PencilLine, Reply, ReplyAll } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { useDates } from "@/i18n";
import type { Email, EmailBody, Submission } from "@/jmap";
import { useDeed } from "@/session";
import { cancelSubmission, findSubmission, isDraft } from "@/store";
import { Banner, Button } from "@/ui";
import { MailError } from "../MailError";
import { useLoaded } from "../state/hooks";
import { useMail } from "../state/mail";
import { withdrawUndo } from "../state/undo";

export interface AnswerBarProps {
  readonly email: Email;
  readonly body: EmailBody | null;
}

/** Below the message being read: how to answer it, or to write on. */
export function AnswerBar({ email, body }: AnswerBarProps) {
  const { t } = useLingui();
  const { account, writing, screen } = useMail();
  if (!writing.isPossible) return null;
  const isNarrow = screen === "phone";
  const grow = isNarrow ? "grow basis-0 px-1 shadow-none" : "";
  if (isDraft(account, email)) return <DraftBar email={email} grow={grow} />;
  const hasOthers = (email.to?.length ?? 0) + (body?.cc?.length ?? 0) > 1;
  return (
    <Bar label={t`Answer`}>
      <Button className={grow} icon={<Reply size={16} aria-hidden />} aria-keyshortcuts="r" onClick={() => { writing.answer("reply", email.id); }}>{t`Reply`}</Button>
      {hasOthers && <Button className={grow} icon={<ReplyAll size={16} aria-hidden />} aria-keyshortcuts="a" onClick={() => { writing.answer("replyAll", email.id); }}>{t`Reply all`}</Button>}
      <Button className={grow} icon={<Forward size={16} aria-hidden />} aria-keyshortcuts="f" onClick={() => { writing.answer("forward", email.id); }}>{t`Forward`}</Button>
    </Bar>
  );
}

/** One that waits to be sent is taken back above. */
function DraftBar({ email, grow }: { readonly email: Email; readonly grow: string }) {
  const { t } = useLingui();
  const { writing } = useMail();
  if (useWaiting(email) !== null) return null;
  return (
    <Bar label={t`Draft`}>
      <Button variant="primary" className={grow} icon={<PencilLine size={16} aria-hidden />} onClick={() => { writing.openDraft(email.id); }}>{t`Continue writing`}</Button>
    </Bar>
  );
}

/** The submission that a draft waits for; null while there is none, as far as is known. */
function useWaiting(email: Email): Submission | null {
  const { account, store } = useMail();
  const found = useLoaded(`${account.id}/${email.id}/submission`, () => findSubmission(account, email.id), store.line);
  return found.kind === "ready" && found.value?.undoStatus === "pending" ? found.value : null;
}

function Bar({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return <div role="toolbar" aria-label={label} className="flex shrink-0 items-center gap-2 border-t border-border px-4 py-2 phone:px-6">{children}</div>;
}

/** Above a draft that waits for its time: when that is, and how to take it back. */
export function WaitsToBeSent({ email }: { readonly email: Email }) {
  const { account } = useMail();
  return isDraft(account, email) ? <Waiting email={email} /> : null;
}

function Waiting({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const { full } = useDates();
  const { account, writing } = useMail();
  const deed = useDeed();
  const [isCanceled, setCanceled] = useState(false);
  const submission = useWaiting(email);
  if (!submission || isCanceled) return null;
  const cancel = (): void => {
    void deed.run(async () => {
      await cancelSubmission(account, submission.id);
      setCanceled(true);
      withdrawUndo(email.id);
      writing.openDraft(email.id);
    });
  };
  return (
    <>
      <Banner
        tone="info" className="rounded-none" title={t`It will be sent ${full(submission.sendAt)}`}
        actions={writing.isPossible && <Button isBusy={deed.isBusy} onClick={cancel}>{t`Don't send it, continue writing`}</Button>}
      />
      {deed.error !== null && <MailError error={deed.error} />}
    </>
  );
}
