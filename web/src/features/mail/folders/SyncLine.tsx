import { useLingui } from "@lingui/react/macro";
import { useLingui as useCatalog } from "@lingui/react";
import { useDates } from "@/i18n";
import type { AccountStore, AssignedMailbox, MailStore } from "@/store";
import { Value } from "@/store";
import { StateDot } from "@/ui";
import type { SyncState } from "@/jmap";
import { useSecondsUntil, useSignal } from "../state/hooks";
import { pauseWords } from "../text/dates";
import { syncWords } from "./syncWords";

const NO_SYNC = new Value<SyncState | null>(null);

export interface SyncLineProps {
  readonly store: MailStore;
  readonly mailbox: AssignedMailbox;
  readonly account: AccountStore | undefined;
  /** Without it the line is text only. */
  readonly onOpen?: () => void;
  /** Only bad or unfinished news is worth a line here. */
  readonly isSilentWhenGood?: boolean;
}

/** The mailbox's state in words; a press opens the details. */
export function SyncLine({ store, mailbox, account, onOpen, isSilentWhenGood }: SyncLineProps) {
  const { t } = useLingui();
  const { i18n } = useCatalog();
  const { clock, count, style } = useDates();
  const sync = useSignal(account?.sync ?? NO_SYNC);
  const line = useSignal(store.line);
  const waitS = useSecondsUntil(sync?.problem ? sync.retryAt : null);
  const pause = waitS > 0 ? pauseWords(waitS, style.locale) : null;
  const { tone, text } = syncWords({ sync, mailbox, line, clock, count, pause });
  if (isSilentWhenGood && tone === "good") return null;
  const words = <StateDot tone={tone} className="tabular text-fine text-muted">{i18n._(text)}</StateDot>;
  // Two lines have room always: words that come and go move nothing below them.
  if (!onOpen) return <div className="px-2 py-1">{words}</div>;
  return (
    <button
      type="button"
      onClick={onOpen}
      title={t`Details of the synchronisation`}
      className="flex min-h-10 touch:min-h-11 w-full items-center rounded-sm px-2 text-left hover:bg-hover"
    >
      {words}
    </button>
  );
}
