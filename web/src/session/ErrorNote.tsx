import { Trans } from "@lingui/react/macro";
import { Banner, Button, Details, EmptyState } from "@/ui";
import { isApiError } from "@/api/errors";
import { CloudOff } from "lucide-react";
import { explain } from "./explain";
import { NoRight } from "./NoRight";

/** What went wrong with a deed, where it was done: cause, remedy, code under "Details". */
export function ErrorNote({ error, className }: { readonly error: unknown; readonly className?: string }) {
  const { title, remedy, detail } = explain(error);
  return (
    <Banner tone="danger" title={title} {...(className ? { className } : {})}>
      <p>{remedy}</p>
      {detail && <Details code={detail} />}
    </Banner>
  );
}

/** What stands in place of a page that could not be loaded; without the right, whom to ask. */
export function LoadError({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  if (isApiError(error, "needs_settings")) return <NoRight error={error} />;
  const { title, remedy, detail } = explain(error);
  return (
    <div role="alert">
      <EmptyState
        icon={<CloudOff size={24} aria-hidden />}
        title={title}
        actions={
          <Button variant="primary" onClick={onRetry}>
            <Trans>Try again</Trans>
          </Button>
        }
      >
        <p>{remedy}</p>
        {detail && <Details code={detail} />}
      </EmptyState>
    </div>
  );
}
