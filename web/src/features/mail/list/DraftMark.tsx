import { useLingui } from "@lingui/react/macro";
import { Clock } from "lucide-react";
import { useDates } from "@/i18n";
import type { EmailId, Submission } from "@/jmap";
import { serverNow } from "@/lib/serverClock";
import type { AccountStore } from "@/store";
import { useWaiting } from "../state/hooks";
import { formatAhead } from "../text/dates";

export interface DraftMarkProps {
  readonly account: AccountStore;
  /** Of one row. */
  readonly drafts: readonly EmailId[];
  readonly now: Date;
}

/** In a row of the list: that it is not sent yet, and when it will be. */
export function DraftMark({ account, drafts, now }: DraftMarkProps) {
  const { t } = useLingui();
  const submission = useWaiting(account, drafts);
  if (!submission) return <span className="text-warning">{t`Draft`}</span>;
  return (
    <span className="font-normal text-accent">
      <Clock size={12} aria-hidden className="mr-1 mb-0.5 inline" />
      <Waits submission={submission} now={now} />
    </span>
  );
}

/** What leaves by itself in a moment has no time worth a word. */
const SOON_MS = 60_000;

function Waits({ submission: { sendAt }, now }: { readonly submission: Submission; readonly now: Date }) {
  const { t } = useLingui();
  const { style } = useDates();
  if (Date.parse(sendAt) - serverNow(now.getTime()) < SOON_MS) return t`Waits to be sent`;
  const when = formatAhead(sendAt, now, style);
  return t`Scheduled: ${when}`;
}
