import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { type SettingsPlace, addRefusals, basicPlaces, personalPlaces, useMe } from "@/session";
import { cx } from "@/ui";
import { settingsRefusals } from "./refusals";
import { Warnings } from "./Warnings";

addRefusals(settingsRefusals);

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
  const basic = basicPlaces(useMe());
  return (
    <nav
      aria-label={t`Settings`}
      className="flex shrink-0 flex-wrap gap-1 border-b border-border bg-sunken px-3 py-2 wide:w-60 wide:flex-col wide:flex-nowrap wide:overflow-y-auto wide:border-r wide:border-b-0 wide:py-5"
    >
      <p className="hidden px-3 pb-3 text-title font-semibold wide:block">
        <Trans>Settings</Trans>
      </p>
      {basic.length > 0 && <Group title={<Trans>Basic settings</Trans>}>{basic.map((place) => <Part key={place.to} {...place} />)}</Group>}
      <Group title={<Trans>Personal</Trans>}>{personalPlaces().map((place) => <Part key={place.to} {...place} />)}</Group>
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

const partClass =
  "flex min-h-8 touch:min-h-11 items-center rounded-md px-3 py-1 whitespace-nowrap -outline-offset-2 hover:bg-hover";

function Part({ to, group, isAlone, label }: SettingsPlace) {
  const { pathname } = useLocation();
  const isChosen = isAlone ? pathname === to : pathname.startsWith(group ?? to);
  return (
    <Link
      to={to}
      aria-current={isChosen ? "page" : undefined}
      className={cx(partClass, isChosen && "bg-selected font-medium text-accent")}
    >
      {label}
    </Link>
  );
}
