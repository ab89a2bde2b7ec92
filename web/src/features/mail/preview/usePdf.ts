import { useEffect, useRef, useState } from "react";
import { fetchBlob, openApart } from "./files";

const STAYS_MS = 60_000;

export interface Pdf {
  readonly held: string | null;
  readonly open: () => Promise<void>;
  /** A person has opened what was held. */
  readonly drop: () => void;
}

/**
 * A PDF in a tab of its own, by the browser's own viewer. It is fetched first, from Microsoft
 * perhaps, and may come so late that the browser opens no tab any more: then `held` is its
 * address, to be offered for another press. `open` throws Offline, RequestRefused.
 */
export function usePdf(url: string | null): Pdf {
  const [held, setHeld] = useState<string | null>(null);
  const fetched = useRef<string | null>(null);
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
      const address = fetched.current;
      if (address) setTimeout(() => { URL.revokeObjectURL(address); }, STAYS_MS); // a tab opened just now still reads it
    };
  }, []);
  const open = async (): Promise<void> => {
    if (!url) return;
    if (fetched.current === null) {
      const blob = await fetchBlob(url, "application/pdf");
      if (!isHere.current) return; // its message was closed meanwhile: nobody waits for it
      fetched.current = URL.createObjectURL(blob);
    }
    setHeld(openApart(fetched.current) ? null : fetched.current);
  };
  return { held, open, drop: () => { setHeld(null); } };
}
