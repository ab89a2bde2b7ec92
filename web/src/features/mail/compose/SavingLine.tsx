import { useLingui } from "@lingui/react/macro";
import { cx } from "@/ui";
import { useSignal } from "../state/hooks";
import type { Composer } from "./composer";
import { useSavingWords } from "./saying";

/** Whether the letter is at the server, in words. */
export function SavingLine({ composer }: { readonly composer: Composer }) {
  const { t } = useLingui();
  const saving = useSignal(composer.keeper.state);
  const isSending = useSignal(composer.isSending);
  const words = useSavingWords();
  const isOver = useSignal(composer.ended) !== null;
  if (isOver) return null; // said at length above the text
  const isBad = saving.kind === "waiting" || saving.kind === "refused";
  return <span role="status" className={cx("tabular text-fine", isBad ? "text-danger" : "text-muted")}>{isSending ? t`Sending …` : words(saving)}</span>;
}
