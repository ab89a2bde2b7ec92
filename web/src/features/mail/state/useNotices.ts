import { useCallback, useEffect } from "react";
import type { AccountStore, MailStore, Notice } from "@/store";
import { useSignal } from "./hooks";
import { boardOf } from "./noticeBoard";

const NONE: readonly Notice[] = [];

/** Changes that were taken back in this account; looked for whenever the synchronisation moved. */
export function useNotices(store: Pick<MailStore, "transport">, account: AccountStore): {
  readonly notices: readonly Notice[]; readonly dismiss: (id: Notice["id"]) => Promise<void>;
} {
  const board = boardOf(store.transport, account);
  const sync = useSignal(account.sync);
  const notices = useSignal(board.notices) ?? NONE;
  useEffect(() => { if (sync) board.look(sync); }, [board, sync]);
  const dismiss = useCallback((id: Notice["id"]) => board.dismiss(id), [board]);
  return { notices, dismiss };
}
