import { Toast as Primitive } from "radix-ui";
import { Trans, useLingui } from "@lingui/react/macro";
import { useSyncExternalStore } from "react";
import { closeToast, type ToastItem, toastStore } from "./toasts";

/** Shows the toasts of `showToast`; stands once in the app. They stay while hovered or focused. */
export function ToastHost() {
  const { t } = useLingui();
  const items = useSyncExternalStore(toastStore.subscribe, toastStore.items);
  return (
    <Primitive.Provider duration={8000} swipeDirection="down" label={t`Notice`}>
      {items.map((item) => (
        <ToastLine key={item.id} item={item} />
      ))}
      <Primitive.Viewport label={`${t`Notices`} ({hotkey})`} className="fixed bottom-[calc(16px+var(--phone-bar,0px))] left-1/2 z-50 flex w-max max-w-[calc(100vw-32px)] -translate-x-1/2 flex-col gap-2" />
    </Primitive.Provider>
  );
}

function ToastLine({ item }: { readonly item: ToastItem }) {
  const { t } = useLingui();
  return (
    <Primitive.Root
      onOpenChange={(open) => !open && closeToast(item.id)}
      className="appear flex min-h-10 items-center gap-4 rounded-md bg-ink px-4 py-1 has-[button]:pr-2 text-surface shadow-pop"
    >
      <Primitive.Description>{item.text}</Primitive.Description>
      {item.onUndo && (
        <Primitive.Action
          altText={t`Undo`}
          onClick={item.onUndo}
          className="min-h-8 touch:min-h-11 rounded-sm px-2 font-semibold underline underline-offset-2 outline-offset-0 outline-surface"
        >
          <Trans>Undo</Trans>
        </Primitive.Action>
      )}
    </Primitive.Root>
  );
}
