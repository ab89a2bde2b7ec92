import { useCallback, useEffect, useState } from "react";
import type { AccountStore, MailStore, Notice } from "@/store";
import { dismissNotice, loadNotices } from "@/store";
import { useSignal } from "./hooks";

/** Changes that were taken back in this account; read again whenever the synchronisation moved. */
export function useNotices(store: MailStore, account: AccountStore): {
  readonly notices: readonly Notice[]; readonly dismiss: (id: Notice["id"]) => Promise<void>;
} {
  const [held, setHeld] = useState<{ account: AccountStore; notices: readonly Notice[] }>({ account, notices: [] });
  const sync = useSignal(account.sync);
  useEffect(() => {
    let isCurrent = true;
    loadNotices(store.transport, account.id).then(
      (notices) => { if (isCurrent) setHeld({ account, notices }); },
      () => undefined, // the line to the server is shown elsewhere; the next change asks again
    );
    return () => { isCurrent = false; };
  }, [store, account, sync]);
  const dismiss = useCallback(async (id: Notice["id"]) => {
    await dismissNotice(store.transport, account.id, id);
    setHeld((old) => ({ ...old, notices: old.notices.filter((notice) => notice.id !== id) }));
  }, [store, account]);
  return { notices: held.account === account ? held.notices : [], dismiss };
}
