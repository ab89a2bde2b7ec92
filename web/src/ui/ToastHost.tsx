import { Toast as Primitive } from "radix-ui";
import { Trans, useLingui } from "@lingui/react/macro";
import { type RefObject, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { followFloors, heightAbove } from "./toastFloors";
import { closeToast, type ToastItem, toastStore } from "./toasts";

/** Shows the toasts of `showToast`. They stay while hovered or focused. */
export function ToastHost() {
  const { t } = useLingui();
  const items = useSyncExternalStore(toastStore.subscribe, toastStore.items);
  const shelf = useRef<HTMLOListElement>(null);
  useRoomBelow(shelf, items.length > 0);
  useLetGo(shelf, items.length > 0);
  return (
    <Primitive.Provider duration={8000} swipeDirection="down" label={t`Notice`}>
      {items.map((item) => (
        <ToastLine key={item.id} item={item} />
      ))}
      <Primitive.Viewport
        ref={shelf} label={`${t`Notices`} ({hotkey})`}
        className="fixed bottom-[calc(16px+var(--phone-bar,0px)+var(--toast-rise,0px))] left-1/2 z-50 flex w-max max-w-[calc(100vw-32px)] -translate-x-1/2 flex-col gap-2 phone:left-18 phone:translate-x-0"
      />
    </Primitive.Provider>
  );
}

/** Above the bars that have buttons: nobody waits eight seconds to answer a message. */
function useRoomBelow(shelf: RefObject<HTMLOListElement | null>, isUsed: boolean): void {
  useLayoutEffect(() => {
    const place = (): void => {
      if (!shelf.current) return;
      shelf.current.style.setProperty("--toast-rise", "0px");
      shelf.current.style.setProperty("--toast-rise", `${String(heightAbove(shelf.current.getBoundingClientRect()))}px`);
    };
    if (!isUsed || !shelf.current) return undefined;
    place();
    return followFloors(shelf.current, place);
  }, [shelf, isUsed]);
}

const buttonClass = "min-h-8 touch:min-h-11 shrink-0 rounded-sm px-2 font-semibold underline underline-offset-2 outline-offset-0 outline-surface";

/**
 * What holds toasts while they are pointed at hears of no pointer or focus that left once the last one has gone,
 * and would hold all later ones: it is told before.
 */
function useLetGo(shelf: RefObject<HTMLOListElement | null>, isUsed: boolean): void {
  useLayoutEffect(() => {
    const around = shelf.current?.parentElement;
    if (!isUsed || !around) return undefined;
    return () => { around.dispatchEvent(new FocusEvent("focusout")); };
  }, [shelf, isUsed]);
}

function ToastLine({ item }: { readonly item: ToastItem }) {
  const { t } = useLingui();
  const { lasting } = item;
  return (
    <Primitive.Root
      duration={lasting ? Infinity : 8000}
      onOpenChange={(open) => !open && !lasting && closeToast(item.id)}
      onEscapeKeyDown={(event) => { if (lasting) event.preventDefault(); }}
      onSwipeEnd={(event) => { if (lasting) event.preventDefault(); }}
      className="appear relative flex min-h-10 items-center gap-4 overflow-hidden rounded-md bg-ink px-4 py-1 has-[button]:pr-2 text-surface shadow-pop"
    >
      <Primitive.Description className="tabular max-w-[60ch]">{item.text}</Primitive.Description>
      {item.onUndo && (
        <Primitive.Action altText={t`Undo`} onClick={item.onUndo} className={buttonClass}>
          <Trans>Undo</Trans>
        </Primitive.Action>
      )}
      {lasting?.onStop && <button type="button" onClick={lasting.onStop} className={buttonClass}>{lasting.isUndo ? <Trans>Undo</Trans> : <Trans>Stop</Trans>}</button>}
      {lasting && lasting.share !== null && (
        <span aria-hidden className="absolute bottom-0 left-0 h-[3px] bg-current opacity-60" style={{ width: `${String(100 * lasting.share)}%` }} />
      )}
    </Primitive.Root>
  );
}
