import { useMemo, useRef } from "react";
import { focusBack, focusNow } from "./focus";

/** For dialogs that no button of theirs opens: remember where focus was, and bring it back there. */
export function useWayBack(): { readonly remember: () => void; readonly goBack: (event: Event) => void } {
  const before = useRef<HTMLElement | null>(null);
  return useMemo(() => ({
    remember: () => { before.current = focusNow(); },
    goBack: (event) => {
      event.preventDefault();
      focusBack(before.current);
    },
  }), []);
}
