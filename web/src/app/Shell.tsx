import { useLingui } from "@lingui/react/macro";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { Mail, Settings } from "lucide-react";
import { lazy, Suspense, type ReactNode, useEffect, useSyncExternalStore } from "react";
import { useWishes } from "@/device/wishes";
import { failedWayBack, useMe, useSession } from "@/session";
import { cx, tip } from "@/ui";
import { isForGuests } from "./guests";
import { NewVersion } from "./NewVersion";
import { PersonMenu } from "./PersonMenu";

/**
 * The frame of every page behind the login: a rail at the left, on phones a bar at
 * the bottom. The one page that guests may see stands alone.
 */
export function Shell() {
  const { pathname } = useLocation();
  const user = useSession()?.user;
  if (!user) return isForGuests(pathname) ? <Outlet /> : null;
  return (
    <House>
      <Outlet />
    </House>
  );
}

/** The rail and, beside it, one page. Only for people who are logged in. */
export function House({ children }: { readonly children: ReactNode }) {
  return (
    <div data-house className="flex h-dvh flex-col-reverse pb-(--letter-tabs,0px) phone:flex-row">
      <Rail />
      <div className="flex min-h-0 min-w-0 grow flex-col">
        <NewVersion />
        {children}
      </div>
      <NewsEverywhere />
      <WayBack />
    </div>
  );
}

const Listening = lazy(async () => ({ default: (await import("@/features/mail")).Listening }));

/** Who wants to be notified is so on every page, not on the mail page alone. */
function NewsEverywhere() {
  const { isNotified } = useWishes(useMe().id);
  return isNotified && <Suspense fallback={null}><Listening /></Suspense>;
}

const WayBackFailed = lazy(async () => ({ default: (await import("@/session/WayBackFailed")).WayBackFailed }));

/** What could not be undone is said wherever its person is by then. */
function WayBack() {
  const failed = useSyncExternalStore(failedWayBack.subscribe, failedWayBack.get);
  useEffect(() => () => { failedWayBack.set(null); }, []); // the login has ended, and it was its person's
  return failed && <Suspense fallback={null}><WayBackFailed {...failed} /></Suspense>;
}

function Rail() {
  const { t } = useLingui();
  return (
    <nav
      aria-label={t`Areas`}
      className="flex shrink-0 items-center justify-around border-t border-border bg-sunken pb-[env(safe-area-inset-bottom)] phone:w-14 phone:flex-col phone:justify-start phone:gap-1 phone:border-t-0 phone:border-r phone:py-2"
    >
      <RailLink to="/mail" label={t`Mail`} icon={<Mail size={18} aria-hidden />} />
      <RailLink to="/settings" label={t`Settings`} icon={<Settings size={18} aria-hidden />} />
      <div className="phone:mt-auto">
        <PersonMenu />
      </div>
    </nav>
  );
}

interface RailLinkProps {
  readonly to: "/mail" | "/settings";
  readonly label: string;
  readonly icon: ReactNode;
}

function RailLink({ to, label, icon }: RailLinkProps) {
  return (
    <Link
      to={to}
      {...tip({ label, side: "right" })}
      className={cx(railItem, "data-[status=active]:bg-selected data-[status=active]:text-accent")}
    >
      {icon}
      <span className="text-[11px] leading-4 phone:sr-only">{label}</span>
    </Link>
  );
}

const railItem =
  "flex h-14 min-w-20 flex-col items-center justify-center gap-0.5 rounded-md text-muted transition-colors hover:bg-hover hover:text-ink phone:size-10 phone:min-w-0";
