import { useEffect } from "react";
import type { AccountId, MailboxId, Transport } from "@/jmap";
import { lookAt } from "@/store";

const AGAIN_MS = 60_000;

/** Tell the server which folder is on screen: at once, each minute, and as soon as the page is in front again. */
export function useLook(transport: Transport, account: AccountId, folder: MailboxId): void {
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === "visible") lookAt(transport, account, folder).catch(() => undefined);
    };
    look();
    const timer = setInterval(look, AGAIN_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [transport, account, folder]);
}
