import { useCallback, useEffect, useRef, useState } from "react";
import type { AccountStore, MailStore, Notice } from "@/store";
import { dismissNotice, loadNotices } from "@/store";
import { useSignal } from "./hooks";
import { withdrawUndo } from "./undo";

/** Changes that were taken back in this account; read again whenever the synchronisation moved. */
export function useNotices(store: MailStore, account: AccountStore): {
  readonly notices: readonly Notice[]; readonly dismiss: (id: Notice["id"]) => Promise<void>;
} {
  const [held, setHeld] = useState<{ account: AccountStore; notices: readonly Notice[] }>({ account, notices: [] });
  const sync = useSignal(account.sync);
  const known = useRef<{ account: AccountStore; ids: ReadonlySet<Notice["id"]> } | null>(null);
  useEffect(() => {
    let isCurrent = true;
    loadNotices(store.transport, account.id).then(
      (all) => {
        const silent = all.filter((notice) => isAutomatic(account, notice));
        for (const { id } of silent) dismissNotice(store.transport, account.id, id).catch(() => undefined); // another window may be first
        if (known.current?.account === account) {
          const before = known.current.ids;
          for (const { id, message } of all) if (!before.has(id)) withdrawUndo(message);
        }
        known.current = { account, ids: new Set(all.map(({ id }) => id)) };
        if (isCurrent) setHeld({ account, notices: all.filter((notice) => !silent.includes(notice)) });
      },
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

/** A mark that reading made, not a person: its refusal is nobody's news. */
function isAutomatic(account: AccountStore, { kind, message }: Notice): boolean {
  const attempt = kind === "set" ? account.attempts.of(message, kind) : undefined;
  return attempt?.kind === "set" && attempt.isAutomatic;
}
