import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { TriangleAlert } from "lucide-react";
import { useCallback, useRef, useSyncExternalStore } from "react";
import { Menu, MenuItem, cx } from "@/ui";
import { useSignal } from "../state/hooks";
import type { Composer } from "./composer";
import type { Desk } from "./desk";
import { isNotKept } from "./saying";

export interface MoreTabsProps {
  readonly desk: Desk;
  /** Letters put away for which there is no tab, the latest last. */
  readonly composers: readonly Composer[];
}

/** Behind one button: the letters whose tabs do not fit. That one of them needs somebody is seen on the button. */
export function MoreTabs({ desk, composers }: MoreTabsProps) {
  const count = composers.length;
  const hasTrouble = useTrouble(composers);
  const isChosen = useRef(false);
  const choose = (composer: Composer): void => {
    isChosen.current = true;
    desk.bringForward(composer);
  };
  return (
    <Menu
      side="top" align="end"
      onOpenChange={(isOpen) => { if (isOpen) isChosen.current = false; }}
      takeFocus={() => isChosen.current} // the letter has it: what is typed next is meant for that
      trigger={(
        <button
          type="button" aria-label={plural(count, { one: "One more letter", other: "# more letters" })}
          className={cx("pointer-events-auto min-h-9 w-13 shrink-0 rounded-t-md border border-border-strong bg-surface text-list font-medium shadow-pop tabular max-phone:rounded-b-md phone:border-b-0 touch:min-h-11", hasTrouble && "border-danger text-danger")}
        >
          +{count}
        </button>
      )}
    >
      {composers.toReversed().map((composer) => <Line key={composer.key} composer={composer} onChoose={() => { choose(composer); }} />)}
    </Menu>
  );
}

function Line({ composer, onChoose }: { readonly composer: Composer; readonly onChoose: () => void }) {
  const { t } = useLingui();
  const { subject } = useSignal(composer.letter);
  const hasTrouble = useTrouble([composer]);
  return (
    <MenuItem {...(hasTrouble ? { icon: <TriangleAlert size={16} role="img" aria-label={t`Needs your attention`} className="text-danger" /> } : {})} onSelect={onChoose}>
      <bdi className="block max-w-80 truncate">{subject.trim() || t`New message`}</bdi>
    </MenuItem>
  );
}

/** Whether one of them is not kept, or somebody else had it in hands. */
function useTrouble(composers: readonly Composer[]): boolean {
  const subscribe = useCallback((listener: () => void) => {
    const ends = composers.flatMap(({ trouble, watch, keeper }) => [trouble.subscribe(listener), watch.fate.subscribe(listener), keeper.state.subscribe(listener)]);
    return () => { for (const end of ends) end(); };
  }, [composers]);
  return useSyncExternalStore(subscribe, () => composers.some(({ trouble, watch, keeper }) =>
    trouble.get() !== null || watch.fate.get() !== null || isNotKept(keeper.state.get(), null)));
}
