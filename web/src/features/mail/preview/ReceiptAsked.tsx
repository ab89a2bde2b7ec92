import { useLingui } from "@lingui/react/macro";
import { MailCheck } from "lucide-react";
import { useState } from "react";
import { ApiError, api } from "@/api";
import type { AccountId, Email } from "@/jmap";
import { maySubmit } from "@/jmap";
import { personName } from "@/lib/personName";
import { ErrorNote, offerWayBack, useDeed } from "@/session";
import { Button, Dialog, showToast } from "@/ui";
import { useSignal } from "../state/hooks";
import { useMail } from "../state/mail";

/** The sender asks for a read receipt. It is sent when a person says so, never by itself, and asked about once. */
export function ReceiptAsked({ email }: { readonly email: Email }) {
  const { account, mailbox } = useMail();
  const [answered, setAnswered] = useState<string | null>(null);
  const isOurs = email.from?.some((author) => author.email.toLowerCase() === mailbox.address.toLowerCase()) ?? false;
  const isAsked = email["poststelle:receipt"] === "asked" && !email.keywords["$draft"] && !isOurs && answered !== email.id;
  if (!isAsked || mailbox.level === "read" || mailbox.type === "local") return null;
  return <Question key={email.id} email={email} accountId={account.id} onAnswered={(isAnswered) => { setAnswered(isAnswered ? email.id : null); }} />;
}

interface QuestionProps {
  readonly email: Email;
  readonly accountId: AccountId;
  readonly onAnswered: (isAnswered: boolean) => void;
}

function Question({ email, accountId, onAnswered }: QuestionProps) {
  const { t } = useLingui();
  const { store } = useMail();
  const session = useSignal(store.session);
  const deed = useDeed();
  const [elsewhere, setElsewhere] = useState<string | null>(null);
  const [author] = email.from ?? [];
  const who = (author && personName(author)) || t`The sender`;
  const maySend = session !== null && maySubmit(session, accountId);
  const send = async (to: string | null): Promise<void> => {
    setElsewhere(null);
    await deed.run(async () => {
      try {
        await api.answerReceipt(accountId, email.id, true, to);
      } catch (error) {
        const other = error instanceof ApiError && error.code === "receipt_elsewhere" ? String(error.params["address"]) : null;
        if (other === null) throw error;
        setElsewhere(other);
        return;
      }
      onAnswered(true);
      showToast(t`Read receipt sent`);
    });
  };
  const decline = (): void => {
    void deed.run(async () => {
      await api.answerReceipt(accountId, email.id, false);
      onAnswered(true);
      offerWayBack(t`No read receipt will be sent`, () => api.answerReceipt(accountId, email.id, null).then(() => { onAnswered(false); }));
    });
  };
  return (
    <div role="group" aria-label={t`Read receipt`} className="mx-4 mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-border bg-sunken px-3 py-1 text-list text-muted phone:mx-6">
      <MailCheck size={16} aria-hidden className="shrink-0" />
      <span className="min-w-0 flex-[1_1_12rem]">{t`${who} asks for a read receipt.`}</span>
      <span className="ml-auto flex flex-wrap">
        <Button variant="ghost" onClick={decline} disabled={deed.isBusy}>{t`Don't send`}</Button>
        {maySend && <Button variant="ghost" onClick={() => { void send(null); }} isBusy={deed.isBusy} className="-mr-2 text-accent">{t`Send receipt`}</Button>}
      </span>
      {deed.error !== null && <ErrorNote error={deed.error} className="mb-2 basis-full" />}
      {elsewhere !== null && (
        <Dialog
          isOpen onClose={() => { setElsewhere(null); }} title={t`Send the receipt to somebody else?`}
          actions={<><Button data-focus-first onClick={() => { setElsewhere(null); }}>{t`Don't send`}</Button><Button variant="primary" onClick={() => { void send(elsewhere); }}>{t`Send receipt`}</Button></>}
        >
          <p className="wrap-anywhere">{t`The message is from ${who}, but asks for the receipt at ${elsewhere}. Whoever that is learns that this mailbox is read.`}</p>
        </Dialog>
      )}
    </div>
  );
}
