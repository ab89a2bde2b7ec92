import { useBlocker } from "@tanstack/react-router";
import { Suspense, lazy, useEffect } from "react";
import type { MailStore } from "@/store";
import { cx } from "@/ui";
import { useAnswering } from "../presence/useAnswering";
import { useScreen, useSignal, useWindowWidth } from "../state/hooks";
import type { Composer } from "./composer";
import type { Desk } from "./desk";
import { deskOf } from "./desk";

/** The editor comes when the first letter is begun: reading needs none of it. */
const ComposerPanel = lazy(async () => ({ default: (await import("./ComposerPanel")).ComposerPanel }));

export interface ComposerDeskProps {
  readonly store: MailStore;
  readonly userId: string;
}

const PANEL_PX = 560 + 12;
const MARGINS_PX = 88;

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
  const screen = useScreen();
  const isPhone = screen === "phone";
  const width = useWindowWidth();
  const room = isPhone ? 1 : Math.max(1, Math.floor((width - MARGINS_PX) / PANEL_PX));
  useBackMinimises(isPhone ? composers.find(({ key }) => key === front) : undefined);
  return (
    <div
      className={cx(
        "pointer-events-none fixed right-4 z-30 flex max-w-[calc(100vw-32px)] items-end",
        isPhone ? "bottom-[calc(72px+var(--phone-bar,0px))] flex-col gap-2" : "bottom-0 flex-row-reverse gap-3", // above the phone's buttons
      )}
    >
      <Suspense fallback={null}>
        {composers.map((composer) => <Placed key={composer.key} {...{ desk, composer, composers, isPhone, room }} isFront={composer.key === front} />)}
      </Suspense>
    </div>
  );
}

/** On a phone the letter is the page: the way back leads out of it, and it stays at hand. */
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

interface PlacedProps {
  readonly desk: Desk;
  readonly composer: Composer;
  readonly composers: readonly Composer[];
  readonly isPhone: boolean;
  readonly room: number;
  readonly isFront: boolean;
}

/** The front letter always has a place; of the others the latest, as many as fit. */
function Placed({ desk, composer, composers, isPhone, room, isFront }: PlacedProps) {
  const shape = useSignal(composer.shape);
  const others = composers.filter(({ key }) => key !== desk.front.get());
  const hasPlace = isFront || others.slice(Math.max(0, others.length - room + 1)).includes(composer);
  return <ComposerPanel desk={desk} composer={composer} isPhone={isPhone} isFront={isFront} isSmall={shape === "small" || !hasPlace} />;
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
