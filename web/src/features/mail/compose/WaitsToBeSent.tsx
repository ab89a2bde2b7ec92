import { useLingui } from "@lingui/react/macro";
import { Trash2 } from "lucide-react";
import { useDates } from "@/i18n";
import { serverNow } from "@/lib/serverClock";
import type { Email, Submission } from "@/jmap";
import { maySubmit } from "@/jmap";
import { useDeed } from "@/session";
import { cancelSubmission } from "@/store";
import { Banner, Button, Details } from "@/ui";
import { useHeldUpWords } from "../state/heldUp";
import { useNow, useSignal, useWaiting } from "../state/hooks";
import { useMail } from "../state/mail";
import { withdrawUndo } from "../state/undo";
import { notTakenBack } from "./takingBack";

/** Above a draft that waits to be sent: when it leaves or what holds it, and how to keep it from that. */
export function WaitsToBeSent({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const { account, writing, deeds, session } = useMail();
  const deed = useDeed();
  const words = useWaitingWords();
  const submission = useWaiting(account, [email.id]);
  const failed = deed.error === null ? null : <NotTakenBack error={deed.error} />;
  if (!submission) return failed;
  const takeBack = (): void => {
    void deed.run(async () => {
      await cancelSubmission(account, submission.id);
      withdrawUndo(email.id);
      writing.openDraft(email.id);
    });
  };
  const remove = (): void => {
    withdrawUndo(email.id);
    deeds.remove([email.id]);
  };
  const { title, text } = words(submission);
  return (
    <>
      <Banner
        tone="info" className="mt-2 rounded-none" title={title}
        actions={writing.isPossible && maySubmit(session, account.id) && (
          <>
            <Button isBusy={deed.isBusy} onClick={takeBack}>{t`Don't send it, continue writing`}</Button>
            <Button disabled={deed.isBusy} icon={<Trash2 size={16} aria-hidden />} onClick={remove}>{t`Don't send it, delete it`}</Button>
          </>
        )}
      >
        {text}
      </Banner>
      {failed}
    </>
  );
}

/** For so long after its time nothing is wrong. */
const LATE_MS = 60_000;

function useWaitingWords(): (submission: Submission) => { readonly title: string; readonly text: string | null } {
  const { t } = useLingui();
  const { full } = useDates();
  const sync = useSignal(useMail().account.sync);
  const heldUp = useHeldUpWords();
  useNow(); // what is said of the time
  return ({ sendAt, "poststelle:waitsFor": told, "poststelle:retryAt": retryAt }) => {
    const isLate = serverNow() - Date.parse(sendAt) > LATE_MS;
    const waitsFor = told === null && isLate && sync !== null && sync.state !== "connected" ? "sign_in" : told;
    switch (waitsFor) {
      case "service":
      case "sign_in": return { title: t`Not sent so far`, text: heldUp(waitsFor, retryAt) };
      case "minute": return { title: t`Waits to be sent`, text: t`Microsoft takes only so many messages a minute from a mailbox. It leaves as soon as it is its turn.` };
      case "day": return { title: t`Waits to be sent`, text: t`Microsoft lets a mailbox write to only so many recipients a day. It leaves as soon as there is room again.` };
      default: return isLate ? { title: t`Waits to be sent`, text: t`Its time has come. It leaves as soon as Microsoft takes it.` } : { title: t`It will be sent ${full(sendAt)}`, text: null };
    }
  };
}

function NotTakenBack({ error }: { readonly error: unknown }) {
  const { title, remedy, code } = notTakenBack(error);
  return <Banner tone="danger" className="rounded-none" title={title}><p>{remedy}</p>{code && <Details code={code} />}</Banner>;
}
