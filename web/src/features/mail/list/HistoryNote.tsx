import { Trans } from "@lingui/react/macro";
import { useDates } from "@/i18n";
import { useSignal } from "../state/hooks";
import { useMail } from "../state/mail";

/** Below the last row: where the older mail is, should this mailbox hold only what came from some day on. */
export function HistoryNote() {
  const { account, mark } = useMail();
  const { day } = useDates();
  const from = useSignal(account.sync)?.historyFrom;
  if (!from) return null;
  const begins = day(from);
  return <p className="px-4 pt-3 text-center text-list text-muted">{mark && <><bdi>{mark.name}</bdi>: </>}<Trans>Mail received before {begins} is only at Microsoft.</Trans></p>;
}
