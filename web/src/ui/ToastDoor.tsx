import { Suspense, lazy, useSyncExternalStore } from "react";
import { toastStore } from "./toasts";

/** What draws toasts comes with the first one; a page that is there sends for it, so that it needs no waiting for. */
export const fetchToasts = () => import("./ToastHost");
const ToastHost = lazy(async () => ({ default: (await fetchToasts()).ToastHost }));

/** Where toasts are shown; stands once in the app. It stays from the first one on, for they are told of there. */
export function ToastDoor() {
  const hasCome = useSyncExternalStore(toastStore.subscribe, toastStore.hasCome);
  return hasCome && <Suspense fallback={null}><ToastHost /></Suspense>;
}
