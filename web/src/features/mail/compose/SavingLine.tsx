import { useLingui } from "@lingui/react/macro";
import type { Notice } from "@/store";
import { cx } from "@/ui";
import { useSignal } from "../state/hooks";
import { isForSize } from "../state/noticeWords";
import type { Composer } from "./composer";
import { isHereAlone, isNotKept, useSavingWords } from "./saying";

export interface SavingLineProps {
  readonly composer: Composer;
  /** Microsoft has refused the draft. */
  readonly refused: Notice | null;
}

/** Whether the letter is at the server and at Microsoft, in words. */
export function SavingLine({ composer, refused }: SavingLineProps) {
  const { t } = useLingui();
  const saving = useSignal(composer.keeper.state);
  const isSending = useSignal(composer.isSending);
  const words = useSavingWords();
  const isOver = useSignal(composer.ended) !== null;
  if (isOver) return null; // said at length above the text
  const isBad = isNotKept(saving, refused);
  const hereAlone = (): string => (isForSize(refused?.detail ?? null) ? t`Kept here only: too large for Microsoft` : t`Kept here only: refused by Microsoft`);
  return <span role="status" className={cx("tabular text-fine", isBad ? "text-danger" : "text-muted")}>{isSending ? t`Sending …` : isHereAlone(saving.kind, refused) ? hereAlone() : words(saving)}</span>;
}

/** The same in two words, for where there is no room: that the letter is not where it should be. */
export function NotKept({ composer, refused }: SavingLineProps) {
  const { t } = useLingui();
  const { kind } = useSignal(composer.keeper.state);
  return <span role="status" className="shrink-0 text-fine text-danger">{isHereAlone(kind, refused) ? t`Kept here only` : t`Not saved`}</span>;
}
