import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import { useDates } from "@/i18n";
import type { Email, EmailBody, EmailId } from "@/jmap";
import { useMe } from "@/session";
import type { AccountStore, AssignedMailbox, MailStore } from "@/store";
import { findSubmission, loadDraft } from "@/store";
import { withoutTurning } from "@/lib/turning";
import type { AnswerKind } from "./addresses";
import { answerRecipients, answerSubject } from "./addresses";
import { deskOf, filesOf, identitiesOf } from "./desk";
import type { Letter } from "./letter";
import { EMPTY } from "./letter";
import type { QuoteWords } from "./quote";
import { authorOf, peopleLine, quotedHtml } from "./quote";

/** What begins a letter. */
export interface Writing {
  /** Letters can be written in this mailbox; whether they may be sent is told there. */
  readonly isPossible: boolean;
  write(): void;
  answer(kind: AnswerKind, id: EmailId): void;
  /** Write on a draft; one that waits to be sent is shown instead. */
  openDraft(id: EmailId): void;
}

export interface WritingOptions {
  readonly store: MailStore;
  readonly account: AccountStore;
  readonly mailbox: AssignedMailbox;
  readonly show: (id: EmailId) => void;
  readonly leave: (id: EmailId) => void;
}

const FIRST_LINES = '<p style="margin:0"><br></p><p style="margin:0"><br></p>';

export function useWriting({ store, account, mailbox, show, leave }: WritingOptions): Writing {
  const { t } = useLingui();
  const { style } = useDates();
  const userId = useMe().id;
  const { address, level, type } = mailbox;
  return useMemo(() => {
    const desk = deskOf(store, userId);
    const fail = (error: unknown): void => { account.problem.set(error); };
    const quoteWords = (email: Email, body: EmailBody): QuoteWords => {
      const at = new Date(body.sentAt ?? email.receivedAt);
      const day = new Intl.DateTimeFormat(style.locale, { dateStyle: "medium" }).format(at);
      const time = new Intl.DateTimeFormat(style.locale, { timeStyle: "short" }).format(at);
      const author = authorOf(email) || t`(unknown)`;
      const head: readonly (readonly [string, string])[] = [
        [t`From`, author], [t`Sent`, `${day} ${time}`], [t`To`, peopleLine(email.to)], [t`Cc`, peopleLine(body.cc)], [t`Subject`, email.subject ?? ""],
      ];
      return { attribution: t`On ${day} at ${time}, ${author} wrote:`, forwarded: t`---------- Forwarded message ----------`, head: head.filter(([, value]) => value !== "") };
    };
    const answer = async (kind: AnswerKind, id: EmailId): Promise<void> => {
      await account.shelf.need([id]);
      const [body, own] = await Promise.all([account.shelf.body(id), identitiesOf(account).catch(() => [])]);
      const email = account.emails.get(id);
      if (!email) return;
      const isForward = kind === "forward";
      const quoted = quotedHtml(isForward ? "forward" : "quote", body, quoteWords(email, body));
      const files = filesOf(body, quoted);
      const prefix = isForward ? t({ message: "Fwd", context: "before a subject" }) : t({ message: "Re", context: "before a subject" });
      const letter: Letter = {
        ...EMPTY, ...answerRecipients(kind, email, body, [address, ...own.map((each) => each.email)]),
        subject: answerSubject(kind, withoutTurning(email.subject ?? ""), prefix),
        html: FIRST_LINES + quoted, files: isForward ? files : files.filter(({ cid }) => cid !== null),
      };
      const composer = desk.answer(account, address, email, isForward, letter);
      if (isForward && email.hasAttachment && !body["poststelle:isComplete"]) composer?.trouble.set({ kind: "filesMissing" });
    };
    const openDraft = async (id: EmailId): Promise<void> => {
      const [stored, submission] = await Promise.all([loadDraft(account, id), findSubmission(account, id).catch(() => null)]);
      if (submission?.undoStatus === "pending") { show(id); return; }
      desk.open(account, address, stored);
      leave(id);
    };
    return {
      isPossible: level !== "read" && type !== "local",
      write: () => { desk.write(account, address); },
      answer: (kind, id) => { answer(kind, id).catch(fail); },
      openDraft: (id) => { openDraft(id).catch(fail); },
    };
  }, [store, userId, account, address, level, type, show, leave, style, t]);
}
