import { useMemo } from "react";
import type { Email, EmailId } from "@/jmap";
import { pictureSenders } from "@/session";
import { useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import { pictureChoices } from "./pictures";

/** Those of the messages that show their pictures from outside. */
export function usePictured(messages: readonly Email[]): ReadonlySet<EmailId> {
  const { account } = useMail();
  const choices = pictureChoices(account);
  const [asked, likely, senders] = [useSignal(choices.asked), useSignal(choices.likely), useSignal(pictureSenders.all)];
  return useMemo(
    () => new Set(messages.filter((each) => choices.isShown(each, senders)).map(({ id }) => id)),
    // What was asked for and what is likely are read by isShown.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [messages, choices, asked, likely, senders],
  );
}
