import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Busy, LoginNeeded, MethodFailed, Offline } from "@/jmap";
import { Banner, Details } from "@/ui";

export interface MailErrorProps {
  readonly error: unknown;
  readonly hint?: string;
  readonly actions?: ReactNode;
}

/** A failure of the mail module in words, with the technical text under "Details". */
export function MailError({ error, hint, actions }: MailErrorProps) {
  const { title, remedy, isTechnical } = useWords(error);
  return (
    <Banner tone="danger" title={title} actions={actions}>
      <p>{hint} {remedy}</p>
      {isTechnical && error instanceof Error && <Details code={`${error.name}: ${error.message}`} />}
    </Banner>
  );
}

function useWords(error: unknown): { title: string; remedy: string; isTechnical: boolean } {
  const { t } = useLingui();
  if (error instanceof Offline) {
    return { title: t`The server does not answer.`, remedy: t`Please check your connection. It continues by itself as soon as the server answers.`, isTechnical: false };
  }
  if (error instanceof Busy) {
    return { title: t`The server is busy.`, remedy: t`Please try again in ${error.afterS} seconds.`, isTechnical: false };
  }
  if (error instanceof LoginNeeded) {
    return { title: t`Your login has ended.`, remedy: t`Please log in again.`, isTechnical: false };
  }
  if (error instanceof MethodFailed && error.type === "forbidden") {
    return { title: t`You may not do this in this mailbox.`, remedy: t`Please ask your administrator.`, isTechnical: false };
  }
  return { title: t`This did not work.`, remedy: t`Please try again. If it happens again, pass the text under “Details” to your administrator.`, isTechnical: true };
}
