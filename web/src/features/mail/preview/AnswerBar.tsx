import { useLingui } from "@lingui/react/macro";
import { Forward, PencilLine, Reply, ReplyAll } from "lucide-react";
import type { ReactNode } from "react";
import type { Email, EmailBody } from "@/jmap";
import { isDraft } from "@/store";
import { Button, toastFloor } from "@/ui";
import { useWaiting } from "../state/hooks";
import { useMail } from "../state/mail";

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
  const { account, writing } = useMail();
  if (useWaiting(account, [email.id]) !== null) return null;
  return (
    <Bar label={t`Draft`}>
      <Button variant="primary" className={grow} icon={<PencilLine size={16} aria-hidden />} onClick={() => { writing.openDraft(email.id); }}>{t`Continue writing`}</Button>
    </Bar>
  );
}

function Bar({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div ref={toastFloor} role="toolbar" aria-label={label} className="@container shrink-0 border-t border-border px-4 py-2 phone:px-6">
      {/* In a narrow pane the words fill two rows; signs beside them would make it three. */}
      <div className="flex flex-wrap items-center gap-2 @max-[440px]:[&>button]:grow @max-[300px]:[&_svg]:hidden">{children}</div>
    </div>
  );
}
