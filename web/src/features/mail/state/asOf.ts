/** How old is what an offline page shows. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { cut } from "@/device/line";
import { useDates } from "@/i18n";
import type { AccountId } from "@/jmap";
import { keptMail } from "./runtime";

/** In words, "12:03" or "yesterday 18:30"; null while the page is online, and where it is not known. */
export function useAsOf(account: AccountId, isOffline: boolean): string | null {
  const { clock } = useDates();
  const answeredAt = useSyncExternalStore(cut.answeredAt.subscribe, cut.answeredAt.get);
  const isFromStart = useSyncExternalStore(cut.isFromStart.subscribe, cut.isFromStart.get);
  const [keptAt, setKeptAt] = useState<string | null>(null);
  useEffect(() => {
    if (!isOffline || !isFromStart) return;
    let isCurrent = true;
    keptMail()?.account(account).then((kept) => { if (isCurrent) setKeptAt(kept?.at ?? null); }, () => undefined);
    return () => { isCurrent = false; };
  }, [account, isOffline, isFromStart]);
  const at = isFromStart ? keptAt : (answeredAt?.toISOString() ?? null);
  return isOffline && at !== null ? clock(at) : null;
}
