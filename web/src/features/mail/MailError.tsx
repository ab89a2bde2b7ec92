import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Busy, LoginNeeded, MethodFailed, Offline, RequestRefused } from "@/jmap";
import { Banner, Button, Details } from "@/ui";

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

export interface NotLoadedProps {
  readonly error: unknown;
  readonly onRetry: () => void;
}

/**
 * Something could not be loaded, with a way to ask again. Without a connection the
 * page's head says so already: here only what is missing, quietly.
 */
export function NotLoaded({ error, onRetry }: NotLoadedProps) {
  const { t } = useLingui();
  const again = <Button onClick={onRetry}>{t`Try again`}</Button>;
  if (!(error instanceof Offline)) return <MailError error={error} actions={again} />;
  return (
    <div role="status" className="flex flex-col items-center gap-3 px-6 py-10 text-center text-muted">
      <p>{t`Not loaded yet. It appears as soon as the server answers.`}</p>
      {again}
    </div>
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
  if (error instanceof RequestRefused && error.type === "signInNeeded") {
    return { title: t`This part is still at Microsoft.`, remedy: t`It can be fetched as soon as somebody has signed in there again.`, isTechnical: false };
  }
  if (error instanceof RequestRefused && error.type === "tryLater") {
    return { title: t`Microsoft can't give this part right now.`, remedy: t`Please try again soon.`, isTechnical: false };
  }
  if (error instanceof RequestRefused && (error.status === 404 || error.status === 410)) {
    return { title: t`This is no longer here.`, remedy: t`It was deleted in another window or another program.`, isTechnical: false };
  }
  if (error instanceof MethodFailed && /^(?:forbidden|accountReadOnly)$/.test(error.type)) {
    return { title: t`You may not do this in this mailbox.`, remedy: t`Please ask your administrator.`, isTechnical: false };
  }
  return { title: t`This did not work.`, remedy: t`Please try again. If it happens again, pass the text under “Details” to your administrator.`, isTechnical: true };
}
