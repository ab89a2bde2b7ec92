import { Suspense, lazy, useEffect, useState, useSyncExternalStore } from "react";
import { toastStore } from "./toasts";

const load = () => import("./ToastHost");
const ToastHost = lazy(async () => ({ default: (await load()).ToastHost }));
const SOON_MS = 2_000;

/** Where toasts are shown; stands once in the app. What draws them comes a while after the page, or with the first one. */
export function ToastDoor() {
  const hasItems = useSyncExternalStore(toastStore.subscribe, toastStore.items).length > 0;
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => { load().then(() => { setReady(true); }, () => undefined); }, SOON_MS);
    return () => { clearTimeout(timer); };
  }, []);
  return (isReady || hasItems) && <Suspense fallback={null}><ToastHost /></Suspense>;
}
