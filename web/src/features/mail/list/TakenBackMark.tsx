import { useLingui } from "@lingui/react/macro";
import { TriangleAlert } from "lucide-react";
import { useSyncExternalStore } from "react";
import type { Email } from "@/jmap";
import type { AccountStore } from "@/store";
import { tip } from "@/ui";

export interface TakenBackMarkProps {
  readonly account: AccountStore;
  readonly email: Email;
  /** The row stands for all of the message's thread. */
  readonly isThread: boolean;
}

/** In a row of the list: a change to this message was refused and taken back. */
export function TakenBackMark({ account, email: { id, threadId }, isThread }: TakenBackMarkProps) {
  const { t } = useLingui();
  const { notices, shelf: { threads } } = account;
  const isMeant = useSyncExternalStore(notices.subscribe, () => (notices.get() ?? []).some(({ folder, message }) =>
    folder === null && (message === id || (isThread && threads.of(message) === threadId))));
  if (!isMeant) return null;
  const words = t`A change to it was taken back`;
  return <span className="shrink-0 text-danger" {...tip({ label: words })}><TriangleAlert size={14} role="img" aria-label={words} /></span>;
}
