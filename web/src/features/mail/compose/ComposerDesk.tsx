import { useBlocker } from "@tanstack/react-router";
import { Suspense, lazy, useCallback, useEffect, useSyncExternalStore } from "react";
import type { MailStore } from "@/store";
import { cx } from "@/ui";
import { useAnswering } from "../presence/useAnswering";
import { useMedia, useScreen, useSignal, useWindowWidth } from "../state/hooks";
import type { Composer } from "./composer";
import type { Desk } from "./desk";
import { deskOf } from "./desk";

/** The editor comes when the first letter is begun: reading needs none of it. */
const ComposerPanel = lazy(async () => ({ default: (await import("./ComposerPanel")).ComposerPanel }));
const MoreTabs = lazy(async () => ({ default: (await import("./MoreTabs")).MoreTabs }));

export interface ComposerDeskProps {
  readonly store: MailStore;
  readonly userId: string;
}

const PANEL_PX = 560 + 12;
const MARGINS_PX = 88;
/** Narrower, a tab says too little of what it is. */
const TAB_PX = 132 + 12;
const MORE_PX = 64;
/** On a phone tabs lie one above the other, on what is read. */
const PHONE_TABS = 2;
/** A phone held sideways, or a window about as low: head, toolbar and foot of a panel would leave no room for the text. */
const LOW_WINDOW = "(max-height: 499.9px)";

/** All letters being written, side by side from the right as far as there is room; the others are tabs. */
export function ComposerDesk({ store, userId }: ComposerDeskProps) {
  const desk = deskOf(store, userId);
  const composers = useSignal(desk.composers);
  useFilesStayOut(composers.length > 0);
  useAnswering(store, composers);
  if (composers.length === 0) return null;
  return <Shown desk={desk} composers={composers} />;
}

function Shown({ desk, composers }: { readonly desk: Desk; readonly composers: readonly Composer[] }) {
  const front = useSignal(desk.front);
  const isPhone = useScreen() === "phone";
  const isLow = useMedia(LOW_WINDOW);
  const isWhole = isPhone || isLow;
  const width = useWindowWidth();
  const room = isWhole ? 1 : Math.max(1, Math.floor((width - MARGINS_PX) / PANEL_PX));
  const small = useSmall(composers, front, room);
  const tabs = isPhone ? PHONE_TABS : tabsIn(width - MARGINS_PX - (isWhole ? 0 : (composers.length - small.length) * PANEL_PX), small.length);
  const hidden = small.slice(0, -tabs);
  useBackMinimises(isWhole ? composers.find(({ key }) => key === front) : undefined);
  return (
    <div
      className={cx(
        "pointer-events-none fixed right-4 z-30 flex max-w-[calc(100vw-32px)] items-end",
        isPhone ? "bottom-[calc(72px+var(--phone-bar,0px))] flex-col gap-2" : "bottom-0 flex-row-reverse gap-3", // above the phone's buttons
      )}
    >
      <Suspense fallback={null}>
        {composers.map((composer) => (
          <ComposerPanel
            key={composer.key} {...{ desk, composer, isPhone: isWhole, isLow }} isFront={composer.key === front}
            isSmall={small.includes(composer)} isTabShown={!hidden.includes(composer)}
          />
        ))}
        {hidden.length > 0 && <MoreTabs desk={desk} composers={hidden} />}
      </Suspense>
    </div>
  );
}

/** How many of the tabs fit beside each other; those that do not are behind a button, which takes room too. */
function tabsIn(width: number, wanted: number): number {
  const fitting = (px: number): number => Math.max(1, Math.floor(px / TAB_PX));
  return wanted <= fitting(width) ? wanted : fitting(width - MORE_PX);
}

/** The letters that are put away, the latest last. The front letter always has a place; of the others the latest, as many as fit. */
function useSmall(composers: readonly Composer[], front: string | null, room: number): readonly Composer[] {
  const others = composers.filter(({ key }) => key !== front);
  const placed = others.slice(Math.max(0, others.length - room + 1));
  const subscribe = useCallback((listener: () => void) => {
    const ends = composers.map(({ shape }) => shape.subscribe(listener));
    return () => { for (const end of ends) end(); };
  }, [composers]);
  const keys = useSyncExternalStore(subscribe, () => composers.filter(({ shape }) => shape.get() === "small").map(({ key }) => key).join(" ")).split(" ");
  return composers.filter((each) => keys.includes(each.key) || !(each.key === front || placed.includes(each)));
}

/** Where the letter is the page the way back leads out of it, and it stays at hand. */
function useBackMinimises(composer: Composer | undefined): void {
  useBlocker({
    disabled: composer === undefined, enableBeforeUnload: false,
    shouldBlockFn: ({ action }) => {
      if (action !== "BACK" || !composer || composer.shape.get() === "small") return false;
      composer.shape.set("small");
      return true;
    },
  });
}

/** A file that misses the letter would take the page's place in the window. */
function useFilesStayOut(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const stay = (event: DragEvent): void => {
      if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    };
    window.addEventListener("dragover", stay);
    window.addEventListener("drop", stay);
    return () => {
      window.removeEventListener("dragover", stay);
      window.removeEventListener("drop", stay);
    };
  }, [isOn]);
}
