import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { AutomaticReply } from "@/api";
import { useDates } from "@/i18n";
import type { StateTone } from "@/ui";

/** How the note stood when the page was opened, in words; null while that is not known. */
export function useStanding(reply: AutomaticReply | null): { readonly tone: StateTone; readonly words: string } | null {
  const { t } = useLingui();
  const { full } = useDates();
  const [now] = useState(() => Date.now());
  if (reply === null) return null;
  const { is_enabled, from, to } = reply;
  if (!is_enabled) return { tone: "off", words: t`Off` };
  if (to !== null && Date.parse(to) <= now) return { tone: "off", words: t`Ended on ${full(to)}` };
  if (from !== null && Date.parse(from) > now) return { tone: "attention", words: t`Begins on ${full(from)}` };
  return { tone: "good", words: to === null ? t`On` : t`On until ${full(to)}` };
}
