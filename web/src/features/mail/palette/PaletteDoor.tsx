import { Suspense, lazy, useEffect } from "react";
import type { MailStore } from "@/store";
import { fetchToasts } from "@/ui";
import { useSignal } from "../state/hooks";
import type { ListView } from "../state/mail";
import { isPaletteOpen } from "./door";

const load = () => import("./Palette");
const Palette = lazy(async () => ({ default: (await load()).Palette }));
const SOON_MS = 4_000;

export interface PaletteDoorProps {
  /** Null where the mailbox has nothing to show yet: then there is no more than going elsewhere. */
  readonly view: ListView | null;
  readonly store: MailStore;
  /** Or "all". */
  readonly accountId: string;
}

/** Where the palette opens. It comes a while after the list, so that it is there when it is asked for. */
export function PaletteDoor(props: PaletteDoorProps) {
  const isOpen = useSignal(isPaletteOpen);
  const isAlone = props.view === null;
  useEffect(() => {
    const timer = setTimeout(() => { Promise.all([load(), fetchToasts()]).catch(() => undefined); }, SOON_MS);
    return () => {
      clearTimeout(timer);
      isPaletteOpen.set(false);
    };
  }, []);
  useEffect(() => (isAlone ? listen() : undefined), [isAlone]);
  return isOpen && <Suspense fallback={null}><Palette {...props} /></Suspense>;
}

/** Where no mailbox is open nobody else listens to keys. */
function listen(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const isAsked = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k";
    if (!isAsked || event.defaultPrevented || (event.target instanceof Element && event.target.closest("[role=dialog]"))) return;
    event.preventDefault();
    isPaletteOpen.set(true);
  };
  document.addEventListener("keydown", onKey);
  return () => { document.removeEventListener("keydown", onKey); };
}
