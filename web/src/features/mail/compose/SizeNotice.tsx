import { Trans, useLingui } from "@lingui/react/macro";
import { useDates } from "@/i18n";
import { mostAttached } from "@/jmap";
import type { Notice } from "@/store";
import { Banner } from "@/ui";
import { useSignal } from "../state/hooks";
import { isForSize, noticeReason } from "../state/noticeWords";
import { fileSize } from "../text/names";
import type { Composer } from "./composer";
import { learned, sizeOf, tooMuch } from "./size";

/** Octets: the editor writes a text a little differently each time. */
const SLACK = 50_000;

export interface SizeNoticeProps {
  readonly composer: Composer;
  /** Why Microsoft did not take the draft; null: nothing is known of that. */
  readonly refused: Notice | null;
}

/** The letter is larger than its mailbox sends, or its draft was refused: said before anybody presses Send. */
export function SizeNotice({ composer, refused }: SizeNoticeProps) {
  const { t, i18n } = useLingui();
  const { style, full } = useDates();
  const size = sizeOf(useSignal(composer.letter));
  const much = tooMuch(size, mostAttached(composer.session, composer.accountId), learned(composer.accountId));
  const has = fileSize(size, style.locale);
  const remedy = t`Send a link instead, leave files out, spread them over several messages, or pack them into a ZIP file.`;
  const isForIt = isForSize(refused?.detail ?? null);
  if (refused && (!isForIt || size + SLACK >= sizeOf(composer.saved))) { // with fewer files it is a moment from being tried again
    return (
      <Banner tone="danger" className="shrink-0 rounded-none" title={t`Microsoft does not take this draft`}>
        <p>{isForIt ? <Trans>With its {has} it is larger than this mailbox may send.</Trans> : i18n._(noticeReason(refused, full))} {isForIt && remedy}</p>
        <p>{t`Nothing is lost: it is kept here, but Outlook does not show it, and it can't be sent like this.`}</p>
      </Banner>
    );
  }
  if (!much) return null;
  const most = fileSize(much.most, style.locale);
  return (
    <Banner tone="warning" className="shrink-0 rounded-none" title={much.isKnown ? t`Too large for this mailbox: ${has}` : t`Probably too large to be sent: ${has}`}>
      <p>
        {much.isKnown ? <Trans>Microsoft has refused {most} from this mailbox before.</Trans> : <Trans>Most mailboxes at Microsoft send up to {most} of files.</Trans>} {remedy}
      </p>
    </Banner>
  );
}
