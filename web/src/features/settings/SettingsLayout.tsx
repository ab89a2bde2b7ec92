import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import { type FocusEvent, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { type SettingsPlace, addRefusals, basicPlaces, personalPlaces, useMe } from "@/session";
import { cx } from "@/ui";
import { settingsRefusals } from "./refusals";
import { Warnings } from "./Warnings";

addRefusals(settingsRefusals);

/** Settings: their parts at the left (on phones behind one line on top), the chosen page beside. */
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

/** On phones one line that names the chosen part and opens the others over the page. */
function Parts() {
  const { t } = useLingui();
  const basic = basicPlaces(useMe());
  const { pathname } = useLocation();
  const { isOpen, setOpen, nav, button, onKeyDown, onBlur } = useDisclosure(pathname);
  const close = (): void => { setOpen(false); };
  const list = useId();
  const chosen = [...basic, ...personalPlaces()].find((place) => isChosen(place, pathname));
  return (
    <nav
      ref={nav}
      aria-label={t`Settings`}
      onKeyDown={onKeyDown}
      onBlur={onBlur}
      className="relative shrink-0 border-b border-border bg-sunken wide:w-60 wide:overflow-y-auto wide:border-r wide:border-b-0"
    >
      <button
        ref={button}
        type="button"
        aria-expanded={isOpen}
        aria-controls={list}
        onClick={() => { setOpen(!isOpen); }}
        className="flex min-h-11 w-full items-center gap-2 px-4 text-left -outline-offset-2 hover:bg-hover phone:hidden"
      >
        <span className="text-muted"><Trans>Settings</Trans></span>
        {chosen && <span className="min-w-0 grow truncate font-medium">{chosen.label}</span>}
        <ChevronDown size={18} aria-hidden className={cx("ml-auto shrink-0", isOpen && "rotate-180")} />
      </button>
      <div
        id={list}
        className={cx(
          "more-below absolute inset-x-0 top-full z-20 max-h-[70dvh] flex-col gap-3 overflow-y-auto border-y border-border bg-surface px-1 py-2 shadow-lg",
          "phone:static phone:flex phone:max-h-none phone:flex-row phone:flex-wrap phone:gap-1 phone:border-y-0 phone:bg-transparent phone:px-3 phone:shadow-none",
          "wide:flex-col wide:flex-nowrap wide:py-5",
          isOpen ? "flex" : "hidden",
        )}
      >
        <p className="hidden px-3 pb-3 text-title font-semibold wide:block">
          <Trans>Settings</Trans>
        </p>
        {basic.length > 0 && <Group title={<Trans>Basic settings</Trans>}>{basic.map((place) => <Part key={place.to} place={place} onPress={close} />)}</Group>}
        <Group title={<Trans>Personal</Trans>}>{personalPlaces().map((place) => <Part key={place.to} place={place} onPress={close} />)}</Group>
      </div>
    </nav>
  );
}

/** Closed by Escape, by a press elsewhere, and when another part is opened. */
function useDisclosure(pathname: string) {
  const [openAt, setOpenAt] = useState<string | null>(null);
  const nav = useRef<HTMLElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const isOpen = openAt === pathname;
  const setOpen = (open: boolean): void => { setOpenAt(open ? pathname : null); };
  useEffect(() => {
    if (!isOpen) return;
    const closeElsewhere = (event: PointerEvent): void => {
      if (!nav.current?.contains(event.target as Node)) setOpenAt(null);
    };
    document.addEventListener("pointerdown", closeElsewhere);
    return () => { document.removeEventListener("pointerdown", closeElsewhere); };
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !isOpen) return;
    setOpenAt(null);
    button.current?.focus();
  };
  const onBlur = (event: FocusEvent): void => {
    if (event.relatedTarget && !nav.current?.contains(event.relatedTarget)) setOpenAt(null);
  };
  return { isOpen, setOpen, nav, button, onKeyDown, onBlur };
}

/** Parts that belong together: a column, on tablets a piece of the one line. */
function Group({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }) {
  const id = useId();
  return (
    <div
      role="group"
      aria-labelledby={id}
      className="flex flex-col gap-0.5 phone:flex-row phone:flex-wrap phone:gap-1 phone:not-first-of-type:border-l phone:not-first-of-type:pl-1 wide:flex-col wide:not-first-of-type:border-l-0 wide:not-first-of-type:pt-3 wide:not-first-of-type:pl-0"
    >
      <p id={id} className="px-3 pb-1 text-fine font-medium text-muted phone:sr-only wide:not-sr-only wide:px-3 wide:pb-1">
        {title}
      </p>
      {children}
    </div>
  );
}

const partClass =
  "flex min-h-8 touch:min-h-11 items-center rounded-md px-3 py-1 whitespace-nowrap -outline-offset-2 hover:bg-hover";

const isChosen = ({ to, group, isAlone }: SettingsPlace, pathname: string): boolean => (isAlone ? pathname === to : pathname.startsWith(group ?? to));

function Part({ place, onPress }: { readonly place: SettingsPlace; readonly onPress: () => void }) {
  const isHere = isChosen(place, useLocation().pathname);
  return (
    <Link
      to={place.to}
      onClick={onPress}
      aria-current={isHere ? "page" : undefined}
      className={cx(partClass, isHere && "bg-selected font-medium text-accent")}
    >
      {place.label}
    </Link>
  );
}
