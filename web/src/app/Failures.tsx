import { i18n } from "@lingui/core";
import { Trans } from "@lingui/react/macro";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { CloudOff, MapPinOff } from "lucide-react";
import { useEffect, useState } from "react";
import { showLanguage } from "@/i18n";
import { LoadError, useSession } from "@/session";
import { Button, buttonClass, EmptyState } from "@/ui";
import { House } from "./Shell";
import { isMissingPart, reloadNow, reloadOnceAnswered } from "./upgrade";

/** Shown when a page cannot be shown at all, for example because the server is away at the start. */
export function PageFailed({ error }: ErrorComponentProps) {
  const router = useRouter();
  const [isReady, setReady] = useState(i18n.locale !== "");
  useEffect(() => {
    if (!isReady) void showLanguage(null).then(() => setReady(true));
  }, [isReady]);
  if (!isReady) return null;
  if (isMissingPart(error)) return <PartMissing />;
  return (
    <main className="flex h-full items-center justify-center">
      <LoadError error={error} onRetry={() => void router.invalidate()} />
    </main>
  );
}

/** The line was cut before this page had been fetched: it comes by itself, and what is there can be gone back to. */
function PartMissing() {
  const user = useSession()?.user;
  const [isVain, setVain] = useState(false);
  useEffect(() => reloadOnceAnswered(), []);
  const tryNow = (): void => {
    setVain(false);
    void reloadNow().then((isAnswered) => { setVain(!isAnswered); });
  };
  const told = (
    <main className="flex min-h-0 grow items-center justify-center">
      <EmptyState
        isPage icon={<CloudOff size={24} aria-hidden />}
        title={<Trans>This page has not been loaded yet</Trans>}
        actions={<Button variant="primary" onClick={tryNow}><Trans>Try again</Trans></Button>}
      >
        <p><Trans>It appears as soon as the server answers.</Trans></p>
        <p role="status">{isVain && <Trans>The server does not answer yet.</Trans>}</p>
      </EmptyState>
    </main>
  );
  return user ? <House>{told}</House> : <div className="flex h-dvh">{told}</div>;
}

/** No such page: people logged in keep the navigation around it, others see whose house it is. */
export function NotFound() {
  const user = useSession()?.user;
  if (user) {
    return (
      <House>
        <main className="min-h-0 grow">
          <NoSuchPage />
        </main>
      </House>
    );
  }
  return (
    <div className="flex min-h-dvh flex-col bg-sunken">
      <header className="flex items-center gap-3 px-5 pt-5">
        <img src="/favicon.svg" alt="" className="size-8" />
        <span className="text-title font-semibold">Poststelle</span>
      </header>
      <main className="flex grow flex-col justify-center">
        <NoSuchPage />
      </main>
    </div>
  );
}

/** Within an area, such as the settings, whose own navigation stays. */
export function NoSuchPage() {
  return (
    <div className="flex h-full items-center justify-center">
      <EmptyState
        isPage icon={<MapPinOff size={24} aria-hidden />}
        title={<Trans>There is no page at this address</Trans>}
        actions={
          <Link to="/mail" className={buttonClass("primary")}>
            <Trans>Go to the mailboxes</Trans>
          </Link>
        }
      >
        <Trans>The link may be old or mistyped.</Trans>
      </EmptyState>
    </div>
  );
}
