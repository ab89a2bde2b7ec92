import { Suspense, lazy, useEffect } from "react";
import { useSignal } from "../state/hooks";
import { useListView } from "../state/mail";
import { rowMenuPlace } from "./rowMenu";

const load = () => import("./RowMenu");
const RowMenu = lazy(async () => ({ default: (await load()).RowMenu }));
const SOON_MS = 4_000;

/** Where the rows' menu opens. It comes a while after the list, as the palette does. */
export function RowMenuDoor() {
  const view = useListView();
  const place = useSignal(rowMenuPlace);
  useEffect(() => {
    const timer = setTimeout(() => { load().catch(() => undefined); }, SOON_MS);
    return () => {
      clearTimeout(timer);
      rowMenuPlace.set(null);
    };
  }, []);
  const end = (): void => {
    rowMenuPlace.set(null);
    setTimeout(() => { if (document.activeElement === document.body) view.focusList(); }); // unless the choice took the keyboard elsewhere
  };
  return place && <Suspense fallback={null}><RowMenu key={`${String(place.x)} ${String(place.y)}`} view={view} place={place} onEnd={end} /></Suspense>;
}
