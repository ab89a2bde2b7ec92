import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type AccountId, isApiError } from "@/api";
import { type Recording, records } from "@/api/records";
import { useDates } from "@/i18n";
import { ErrorNote, useDeed } from "@/session";
import { Select } from "@/ui";
import { keepingChoices, monthsOf, valueOf } from "../keepingMonths";
import { RemovalDialog } from "../RemovalDialog";

const MONTHS = [6, 12, 24, 36, 60, 120];

interface KeepingProps {
  readonly id: AccountId;
  readonly months: number | null;
  readonly onChanged: (fresh: Recording) => void;
}

/** How long activities are kept, from when a message came or went; what would go is said before it goes. */
export function RecordKeeping({ id, months, onChanged }: KeepingProps) {
  const { t } = useLingui();
  const dates = useDates();
  const deed = useDeed();
  const [asked, setAsked] = useState<{ readonly months: number; readonly removes: number } | null>(null);
  const count = dates.count(asked?.removes ?? 0);
  const choose = (wanted: number | null, isSure: boolean) =>
    void deed.run(async () => {
      try {
        onChanged(await records.keep(id, wanted, isSure));
        setAsked(null);
      } catch (error) {
        if (wanted === null || !isApiError(error, "removal_not_confirmed")) throw error;
        setAsked({ months: wanted, removes: Number(error.params["removes"]) });
      }
    });
  return (
    <>
      {deed.error !== null && <ErrorNote error={deed.error} />}
      <Select
        isLabelShown
        label={t`Activities are kept`}
        value={valueOf(months)}
        onChange={(value) => choose(monthsOf(value), false)}
        choices={keepingChoices(MONTHS, months)}
        className="w-64 max-w-full"
      />
      {asked && (
        <RemovalDialog title={<Trans>Remove older activities?</Trans>} isBusy={deed.isBusy} onClose={() => setAsked(null)} onSure={() => choose(asked.months, true)}>
          <Plural value={asked.removes} one="One activity is older than that, and goes within the hour." other={`${count} activities are older than that, and go within the hour.`} />
        </RemovalDialog>
      )}
    </>
  );
}
