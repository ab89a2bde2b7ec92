import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useDates } from "@/i18n";
import type { Answer, EmailId, MailboxId } from "@/jmap";
import { Banner, Button } from "@/ui";
import type { Composer } from "../compose/composer";
import { useNow, useScreen } from "../state/hooks";
import type { SecondAnswer } from "./useSecondAnswer";
import { answeredWords, answeringWords } from "./words";

export interface SecondAnswerNoticeProps {
  readonly composer: Composer;
  readonly second: SecondAnswer;
}

/** In a letter: others have answered the same message, or do so now. Said quietly, and at once when it comes while one writes. */
export function SecondAnswerNotice({ composer, second }: SecondAnswerNoticeProps) {
  const { t } = useLingui();
  const { clock } = useDates();
  const words = useAnsweredWords(second);
  const [latest] = second.meanwhile;
  const [earlier] = second.earlier.filter(({ isMine }) => !isMine);
  const [writer] = second.writers;
  const read = (answer: Answer): ReactNode => answer.emailId && <ReadAnswer composer={composer} id={answer.emailId} />;
  return (
    <div role="status" className="shrink-0">
      {latest && <Banner isInLiveRegion tone="warning" className="rounded-none" title={words(latest)} actions={read(latest)} />}
      {!latest && earlier && <Banner isInLiveRegion tone="info" className="rounded-none" title={words(earlier)} actions={read(earlier)} />}
      {writer && <Banner isInLiveRegion tone="info" className="rounded-none border-t border-surface" title={t`${answeringWords(second.writers)}, since ${clock(writer.since)}`} />}
    </div>
  );
}

/** The words for an answer, with the moment it was noticed where nobody tells when it was sent. */
export function useAnsweredWords({ noticedAt }: Pick<SecondAnswer, "noticedAt">): (answer: Answer) => string {
  const { clock, full } = useDates();
  const now = useNow();
  return (answer) => answeredWords(answer, noticedAt(answer), { clock, full, now });
}

/** Opens the answer; the letter stays on the desk, out of the way where it would cover what is read. */
function ReadAnswer({ composer, id }: { readonly composer: Composer; readonly id: EmailId }) {
  const { t } = useLingui();
  const screen = useScreen();
  const navigate = useNavigate();
  const { account } = composer;
  const open = async (): Promise<void> => {
    await account.shelf.need([id]);
    const [folderId] = Object.keys(account.emails.get(id)?.mailboxIds ?? {}) as MailboxId[];
    if (!folderId) return; // gone: there is nothing to read
    if (screen !== "wide") composer.shape.set("small");
    else if (composer.shape.get() === "page") composer.shape.set("panel");
    await navigate({ to: "/mail/$accountId/$folderId/$messageId", params: { accountId: account.id, folderId, messageId: id }, search: {} });
  };
  return <Button onClick={() => { open().catch((error: unknown) => { account.problem.set(error); }); }}>{t`Read the answer`}</Button>;
}
