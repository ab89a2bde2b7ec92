import { useEffect } from "react";
import type { AccountId, MailboxId, Transport } from "@/jmap";
import { lookAt } from "@/store";

const AGAIN_MS = 60_000;

export interface LookedAt {
  readonly account: AccountId;
  readonly folder: MailboxId;
}

/** Tell the server which folders are on screen: at once, each minute, and as soon as the page is in front again. */
export function useLook(transport: Transport, folders: readonly LookedAt[]): void {
  const key = folders.map(({ account, folder }) => `${account} ${folder}`).join("\n");
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState !== "visible" || key === "") return;
      for (const [account, folder] of key.split("\n").map((each) => each.split(" "))) {
        lookAt(transport, account as AccountId, folder as MailboxId).catch(() => undefined);
      }
    };
    look();
    const timer = setInterval(look, AGAIN_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [transport, key]);
}
