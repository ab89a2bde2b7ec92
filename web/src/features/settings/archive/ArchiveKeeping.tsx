import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type Archive, isApiError } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, useDeed } from "@/session";
import { Select } from "@/ui";
import { keepingChoices, monthsOf, valueOf } from "../keepingMonths";
import { Group } from "../Page";
import { RemovalDialog } from "../RemovalDialog";

const MONTHS = [12, 24, 36, 60, 72, 96, 120];

interface KeepingProps {
  readonly archive: Archive;
  readonly onChanged: () => void;
}

/** How long messages are kept, from when they were put in; what would go is said before it goes. */
export function ArchiveKeeping({ archive, onChanged }: KeepingProps) {
  const { t } = useLingui();
  const dates = useDates();
  const deed = useDeed();
  const [asked, setAsked] = useState<{ readonly months: number; readonly removes: number } | null>(null);
  const months = archive.keep_months;
  const choose = (wanted: number | null, isSure: boolean) =>
    void deed.run(async () => {
      try {
        await admin.changeArchive(archive.account, { keep_months: wanted, confirm: isSure });
        setAsked(null);
        onChanged();
      } catch (error) {
        if (wanted === null || !isApiError(error, "removal_not_confirmed")) throw error;
        setAsked({ months: wanted, removes: Number(error.params["removes"]) });
      }
    });
  const count = dates.count(asked?.removes ?? 0);
  return (
    <Group
      title={<Trans>Keeping</Trans>}
      intro={<Trans>Counted from when a message was put in. Older ones are removed for good; the archive notes that they were, and the rest still holds.</Trans>}
    >
      {deed.error !== null && <ErrorNote error={deed.error} className="mb-3" />}
      <Select
        isLabelShown
        label={t`Messages are kept`}
        value={valueOf(months)}
        onChange={(value) => choose(monthsOf(value), false)}
        choices={keepingChoices(MONTHS, months)}
        className="w-64 max-w-full"
      />
      {asked && (
        <RemovalDialog title={<Trans>Remove older messages from the archive?</Trans>} isBusy={deed.isBusy} onClose={() => setAsked(null)} onSure={() => choose(asked.months, true)}>
          <Plural
            value={asked.removes}
            one="One entry is older than that, and goes now, with its message."
            other={`${count} entries are older than that, and go now, with their messages.`}
          />
        </RemovalDialog>
      )}
    </Group>
  );
}
