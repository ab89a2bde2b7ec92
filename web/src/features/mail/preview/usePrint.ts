import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useDates } from "@/i18n";
import type { Email, EmailId } from "@/jmap";
import { useMail } from "../state/mail";
import { peopleOf } from "../text/names";

/** Print messages, oldest first: one with all it quotes, several without what stands above already. */
export function usePrint(pictured: ReadonlySet<EmailId>) {
  const { t } = useLingui();
  const { full } = useDates();
  const { account, session, setProblem } = useMail();
  const [isPrinting, setPrinting] = useState(false);
  const print = (messages: readonly Email[]): void => {
    const words = {
      title: messages[0]?.subject || t`(no subject)`, count: plural(messages.length, { one: "# message", other: "# messages" }),
      quoted: t`[Quoted text, not printed]`, attachments: t`Attachments`,
    };
    const headOf = (email: Email, cc: Email["to"]): readonly (readonly [string, string])[] => [
      [t`From`, peopleOf(email.from)], [t`To`, peopleOf(email.to)], [t`Cc`, peopleOf(cc)], [t`Received`, full(email.receivedAt)],
    ];
    setPrinting(true);
    import("./print")
      .then(({ printMessages }) => printMessages({ account, session, messages, pictured, words, headOf }))
      .catch(setProblem).finally(() => { setPrinting(false); });
  };
  return { print, isPrinting };
}
