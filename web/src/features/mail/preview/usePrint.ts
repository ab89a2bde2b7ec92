import { plural, t as say } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useDates } from "@/i18n";
import type { Email, EmailBody, EmailId } from "@/jmap";
import type { AccountStore, AttachedMessage } from "@/store";
import { foldersOf, isDraft } from "@/store";
import { useMail } from "../state/mail";
import { peopleOf } from "../text/names";
import type { Printed, PrintOptions } from "./print";

/** Print messages, oldest first: the first with all it quotes, the others without what stands above already. */
export function usePrint(pictured: ReadonlySet<EmailId>) {
  const { t } = useLingui();
  const { full } = useDates();
  const { account, session, setProblem } = useMail();
  const [isPrinting, setPrinting] = useState(false);
  const printAll = <T extends Printed>(messages: readonly T[], { bodyOf, whenOf }: Pick<PrintOptions<T>, "bodyOf"> & { readonly whenOf: (message: T) => readonly (readonly [string, string])[] }): void => {
    const words = {
      title: messages[0]?.subject || t`(no subject)`, count: plural(messages.length, { one: "# message", other: "# messages" }),
      quoted: t`[Quoted text, not printed]`, attachments: t`Attachments`,
    };
    const headOf = (message: T, { cc, bcc }: EmailBody): readonly (readonly [string, string])[] => [
      [t`From`, peopleOf(message.from)], [t`To`, peopleOf(message.to)], [t`Cc`, peopleOf(cc)], [t`Bcc`, peopleOf(bcc)], ...whenOf(message),
    ];
    setPrinting(true);
    import("./print")
      .then(({ printMessages }) => printMessages({ account, session, messages, bodyOf, pictured, words, headOf }))
      .catch(setProblem).finally(() => { setPrinting(false); });
  };
  return {
    isPrinting,
    print: (messages: readonly Email[]) => { printAll(messages, { bodyOf: ({ id }) => account.shelf.body(id), whenOf: (email) => [[momentWord(account, email), full(email.receivedAt)]] }); },
    printAttached: (message: AttachedMessage) => {
      printAll([message], { bodyOf: ({ body }) => Promise.resolve(body), whenOf: ({ body: { sentAt } }) => (sentAt ? [[t`Sent`, full(sentAt)]] : []) });
    },
  };
}

/** What the moment is that a message has: own mail was not received. */
export function momentWord(account: AccountStore, email: Email): string {
  if (isDraft(account, email)) return say`Draft`;
  const isOwn = foldersOf(email).some((id) => account.mailboxes.get(id)?.role === "sent");
  return isOwn ? say`Sent` : say`Received`;
}
