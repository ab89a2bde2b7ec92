import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useEffect, useState } from "react";
import { Ago, useDates } from "@/i18n";
import { maySubmit, SetFailed } from "@/jmap";
import type { Waiting } from "@/store";
import { cancelSubmission, giveUpWaiting, loadQueue, sendWaiting } from "@/store";
import { ErrorNote } from "@/session";
import { Banner, Button, Details } from "@/ui";
import { useHeldUpWords } from "../state/heldUp";
import { useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import { withdrawUndo } from "../state/undo";

const SHOWN = 5;

/** What waits for Microsoft, and why. What goes through by itself within a second is not worth a line. */
export function Queue({ pending }: { readonly pending: number }) {
  const { t } = useLingui();
  const { store, account, mailbox, session } = useMail();
  const { count } = useDates();
  const sync = useSignal(account.sync);
  const [waiting, setWaiting] = useState<readonly Waiting[]>([]);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (pending === 0) return undefined;
    let isCurrent = true;
    loadQueue(store.transport, account.id).then(
      (all) => { if (isCurrent) setWaiting(all); },
      () => undefined, // the line to the server is shown elsewhere; the next change asks again
    );
    return () => { isCurrent = false; };
  }, [store, account, sync, pending, turn]);
  const act = (deed: Promise<void>): void => {
    deed.then(() => { setError(null); }, setError).finally(() => { setTurn((n) => n + 1); });
  };
  const slow = waiting.filter((change) => change.attempts > 0);
  if (pending === 0 || slow.length === 0) return null;
  const isReadOnly = mailbox.level === "read";
  const mayTakeBack = maySubmit(session, account.id);
  const dontSend = async ({ submission, message }: Waiting): Promise<void> => {
    if (submission === null) return;
    await cancelSubmission(account, submission);
    if (message !== null) withdrawUndo(message);
  };
  return (
    <section className="mt-4 px-2" aria-label={t`Waiting for Microsoft`}>
      <h3 className="text-list font-semibold"><Trans>Waiting for Microsoft</Trans></h3>
      {error !== null && <NotDone error={error} />}
      <ul className="mt-1">
        {slow.slice(0, SHOWN).map((change) => (
          <WaitingLine
            key={change.id} change={change} isReadOnly={isReadOnly} mayTakeBack={mayTakeBack}
            onSend={() => { act(sendWaiting(store.transport, account.id, change.id)); }}
            onGiveUp={() => { act(giveUpWaiting(store.transport, account.id, change.id)); }}
            onDontSend={() => { act(dontSend(change)); }}
          />
        ))}
      </ul>
      {pending > SHOWN && <p className="mt-1 text-fine text-muted">{t`${count(pending)} changes wait in all.`}</p>}
    </section>
  );
}

/** Who takes a letter back may come too late; the list tells what becomes of it. */
function NotDone({ error }: { readonly error: unknown }) {
  const { t } = useLingui();
  if (!(error instanceof SetFailed)) return <ErrorNote error={error} className="mt-2" />;
  return <Banner tone="danger" className="mt-2" title={t`It could not be taken back any more.`}><p><Trans>It is being sent, or has been, or somebody else was quicker.</Trans></p></Banner>;
}

interface WaitingLineProps {
  readonly change: Waiting;
  readonly isReadOnly: boolean;
  readonly mayTakeBack: boolean;
  readonly onSend: () => void;
  readonly onGiveUp: () => void;
  readonly onDontSend: () => void;
}

function WaitingLine({ change, isReadOnly, mayTakeBack, onSend, onGiveUp, onDontSend }: WaitingLineProps) {
  const { t } = useLingui();
  const words = useWaitingWords();
  const isSending = change.kind === "send";
  return (
    <li className="border-b border-border py-2 last:border-b-0">
      <p className="break-words">{words(change)}</p>
      <p className="text-fine text-muted">
        <Ago at={change.at} /> · <Plural value={change.attempts} one="tried once without success" other="tried # times without success" />
      </p>
      {isSending && <p className="text-fine text-muted"><LetterWords change={change} /></p>}
      {change.problem && <Details code={change.problem} />}
      {mayTakeBack && isUnsent(change) && <div className="mt-1"><Button onClick={onDontSend}>{t`Don't send it`}</Button></div>}
      {!isReadOnly && !isSending && (
        <div className="mt-1 flex flex-wrap gap-2">
          <Button onClick={onSend} disabled={change.is_in_flight}>{t`Try now`}</Button>
          {change.kind !== "create" && <Button onClick={onGiveUp} disabled={change.is_in_flight}>{t`Take back`}</Button>}
        </div>
      )}
    </li>
  );
}

/** Whether it is a letter that Microsoft was not asked to send so far. */
function isUnsent({ waits_for }: Waiting): boolean {
  return waits_for === "service" || waits_for === "sign_in";
}

function LetterWords({ change: { waits_for, due_at } }: { readonly change: Waiting }) {
  const words = useHeldUpWords();
  if (waits_for !== "service" && waits_for !== "sign_in") return <Trans>Microsoft does not tell whether it was sent. It is asked again by itself.</Trans>;
  return <><Trans>It has not been sent.</Trans> {words(waits_for, due_at)}</>;
}

/** "Move “Angebot” to “Archiv”". */
function useWaitingWords(): (change: Waiting) => string {
  const { t } = useLingui();
  return ({ kind, subject, target }) => {
    const what = subject || t`(no subject)`;
    switch (kind) {
      case "set": return t`Change the marks of “${what}”`;
      case "move": return t`Move “${what}” to “${target ?? ""}”`;
      case "copy": return t`Copy “${what}” to “${target ?? ""}”`;
      case "destroy": return t`Delete “${what}” for good`;
      case "create": return t`Store the draft “${what}” at Microsoft`;
      case "send": return t`Send “${what}”`;
      case "create_folder": return t`Create the folder “${what}”`;
      case "rename_folder": return t`Rename a folder to “${what}”`;
      case "move_folder": return t`Move the folder “${what}”`;
      case "destroy_folder": return t`Delete the folder “${what}” for good`;
    }
  };
}
