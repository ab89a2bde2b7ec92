/** What is true when a message could not be taken back: whether it was sent, and whether it still will be. */
import { t } from "@lingui/core/macro";
import { MethodFailed, Offline, SetFailed } from "@/jmap";

export interface TakingBackWords {
  readonly title: string;
  readonly remedy: string;
  /** For "Details". */
  readonly code: string | null;
}

/** The server's word for why; null where it said nothing of it. */
function typeOf(error: unknown): string | null {
  if (error instanceof SetFailed) return error.refused.values().next().value?.type ?? null;
  return error instanceof MethodFailed ? error.type : null;
}

export function notTakenBack(error: unknown): TakingBackWords {
  switch (typeOf(error)) {
    case "cannotUnsend": return { title: t`It was too late to take it back: the message was sent.`, remedy: t`It lies among the sent messages, or will in a moment.`, code: null };
    case "notFound": return { title: t`It could not be taken back.`, remedy: t`Nothing is known of its sending any more. Please look under “Drafts” and “Sent” what became of the message.`, code: null };
    case "forbidden":
    case "accountReadOnly": return { title: t`It could not be taken back.`, remedy: t`You may not send from this mailbox, nor take back what waits to be sent. Please ask somebody who may.`, code: null };
  }
  if (error instanceof Offline) return { title: t`It is not known whether it was taken back.`, remedy: t`The server does not answer. As soon as it does, this page shows whether the message still waits to be sent.`, code: null };
  return { title: t`It could not be taken back.`, remedy: t`It still waits to be sent. Please try again.`, code: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}
