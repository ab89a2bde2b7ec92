import { useCallback, useEffect, useState } from "react";

const SHOWN_MS = 6_000;

/** Whether the note is shown that this mailbox can only be read, and how to show it for a moment. */
export function useReadOnlyNote(): { readonly isShown: boolean; readonly say: () => void } {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    if (!isShown) return;
    const timer = setTimeout(() => { setShown(false); }, SHOWN_MS);
    return () => { clearTimeout(timer); };
  }, [isShown]);
  const say = useCallback(() => { setShown(true); }, []);
  return { isShown, say };
}
