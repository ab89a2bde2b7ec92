import { t } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import type { Prefs, PreviewPlace } from "../state/prefs";

interface Choice<T extends string> { readonly value: T; readonly label: string }

export interface ViewChoices {
  readonly previews: readonly Choice<PreviewPlace>[];
  readonly groupings: readonly Choice<"on" | "off">[];
  readonly layouts: readonly Choice<Prefs["layout"]>[];
  readonly densities: readonly Choice<Prefs["density"]>[];
}

/** What can be chosen of the view, in the page's language. */
export function useViewChoices(): ViewChoices {
  useLingui(); // said anew when the language changes
  return {
    previews: [{ value: "right", label: t`On the right` }, { value: "below", label: t`Below` }, { value: "off", label: t`Off` }],
    groupings: [{ value: "on", label: t`As conversations` }, { value: "off", label: t`One by one` }],
    layouts: [{ value: "lines", label: t`Lines` }, { value: "table", label: t`Table with columns` }],
    densities: [{ value: "comfortable", label: t`Comfortable` }, { value: "compact", label: t`Compact` }],
  };
}
