import { i18n } from "@lingui/core";
import { Trans } from "@lingui/react/macro";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { MapPinOff } from "lucide-react";
import { useEffect, useState } from "react";
import { showLanguage } from "@/i18n";
import { LoadError } from "@/session";
import { buttonClass, EmptyState } from "@/ui";

/** Shown when a page cannot be shown at all, for example because the server is away at the start. */
export function PageFailed({ error }: ErrorComponentProps) {
  const router = useRouter();
  const [isReady, setReady] = useState(i18n.locale !== "");
  useEffect(() => {
    if (!isReady) void showLanguage(null).then(() => setReady(true));
  }, [isReady]);
  if (!isReady) return null;
  return (
    <main className="flex h-full items-center justify-center">
      <LoadError error={error} onRetry={() => void router.invalidate()} />
    </main>
  );
}

export function NotFound() {
  return (
    <main className="flex h-full items-center justify-center">
      <EmptyState
        icon={<MapPinOff size={24} aria-hidden />}
        title={<Trans>There is no page at this address</Trans>}
        actions={
          <Link to="/mail" className={buttonClass("primary")}>
            <Trans>Go to the mailboxes</Trans>
          </Link>
        }
      >
        <Trans>The link may be old or mistyped.</Trans>
      </EmptyState>
    </main>
  );
}
