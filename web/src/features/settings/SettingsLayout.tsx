import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { useMe } from "@/session";
import { cx } from "@/ui";
import { Warnings } from "./Warnings";

/** Settings: their parts at the left (on phones on top), the chosen page beside. */
export function SettingsLayout() {
  return (
    <div className="flex min-h-0 grow flex-col wide:flex-row">
      <Parts />
      <main className="min-h-0 min-w-0 grow overflow-y-auto">
        <Warnings />
        <Outlet />
      </main>
    </div>
  );
}

function Parts() {
  const { t } = useLingui();
  const { may_settings } = useMe();
  return (
    <nav
      aria-label={t`Settings`}
      className="flex shrink-0 flex-wrap gap-1 border-b border-border bg-sunken px-3 py-2 wide:w-60 wide:flex-col wide:flex-nowrap wide:overflow-y-auto wide:border-r wide:border-b-0 wide:py-5"
    >
      <p className="hidden px-3 pb-3 text-title font-semibold wide:block">
        <Trans>Settings</Trans>
      </p>
      {may_settings && (
        <Group title={<Trans>Basic settings</Trans>}>
          <Part to="/settings/basic/email/external" group="/settings/basic/email">
            <Trans>E-mail</Trans>
          </Part>
          <Part to="/settings/basic/microsoft">
            <Trans>Microsoft</Trans>
          </Part>
          <Part to="/settings/basic/users">
            <Trans>Users</Trans>
          </Part>
          <Part to="/settings/basic/audit">
            <Trans>Audit trail</Trans>
          </Part>
        </Group>
      )}
      <Group title={<Trans>Personal</Trans>}>
        <Part to="/settings/me" isAlone>
          <Trans>My profile</Trans>
        </Part>
        <Part to="/settings/me/signatures">
          <Trans>Signatures</Trans>
        </Part>
        <Part to="/settings/me/templates">
          <Trans>Templates</Trans>
        </Part>
        <Part to="/settings/me/groups">
          <Trans>Recipient groups</Trans>
        </Part>
        <Part to="/settings/device">
          <Trans>Notifications and device</Trans>
        </Part>
      </Group>
    </nav>
  );
}

/** Parts that belong together: a column, on tablets a piece of the one line, on phones a line that wraps. */
function Group({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }) {
  const id = useId();
  return (
    <div
      role="group"
      aria-labelledby={id}
      className="flex basis-full flex-wrap gap-1 phone:basis-auto phone:not-first-of-type:border-l phone:not-first-of-type:pl-1 wide:flex-col wide:not-first-of-type:border-l-0 wide:not-first-of-type:pt-3 wide:not-first-of-type:pl-0"
    >
      <p id={id} className="sr-only text-fine font-medium text-muted wide:not-sr-only wide:px-3 wide:pb-1">
        {title}
      </p>
      {children}
    </div>
  );
}

interface PartProps {
  readonly to: string;
  /** The address under which this part counts as chosen, when it has several pages. */
  readonly group?: string;
  /** Addresses below its own are other parts. */
  readonly isAlone?: boolean;
  readonly children: ReactNode;
}

const partClass =
  "flex min-h-8 touch:min-h-11 items-center rounded-md px-3 py-1 whitespace-nowrap -outline-offset-2 hover:bg-hover";

function Part({ to, group, isAlone, children }: PartProps) {
  const { pathname } = useLocation();
  const isChosen = isAlone ? pathname === to : pathname.startsWith(group ?? to);
  return (
    <Link
      to={to}
      aria-current={isChosen ? "page" : undefined}
      className={cx(partClass, isChosen && "bg-selected font-medium text-accent")}
    >
      {children}
    </Link>
  );
}
