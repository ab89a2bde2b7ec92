import { plural } from "@lingui/core/macro";
import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type Archive, isApiError } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, useDeed } from "@/session";
import { Button, Dialog, Select } from "@/ui";
import { Group } from "../Page";

const FOR_EVER = "0";
const MONTHS = [12, 24, 36, 60, 72, 96, 120];

interface KeepingProps {
  readonly archive: Archive;
  readonly onChanged: () => void;
}

/** How long messages are kept, from when they were put in; what would go is said before it goes. */
export function ArchiveKeeping({ archive, onChanged }: KeepingProps) {
  const { t } = useLingui();
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
  const words = (count: number) =>
    count % 12 === 0 && count > 12 ? plural(count / 12, { one: "# year", other: "# years" }) : plural(count, { one: "# month", other: "# months" });
  const known = months === null || MONTHS.includes(months) ? MONTHS : [...MONTHS, months].sort((a, b) => a - b);
  return (
    <Group
      title={<Trans>Keeping</Trans>}
      intro={<Trans>Counted from when a message was put in. Older ones are removed for good; the archive notes that they were, and the rest still holds.</Trans>}
    >
      {deed.error !== null && <ErrorNote error={deed.error} className="mb-3" />}
      <Select
        isLabelShown
        label={t`Messages are kept`}
        value={String(months ?? FOR_EVER)}
        onChange={(value) => choose(value === FOR_EVER ? null : Number(value), false)}
        choices={[{ value: FOR_EVER, label: t`For ever` }, ...known.map((count) => ({ value: String(count), label: words(count) }))]}
        className="w-64 max-w-full"
      />
      {asked && <Ask asked={asked} isBusy={deed.isBusy} onClose={() => setAsked(null)} onSure={() => choose(asked.months, true)} />}
    </Group>
  );
}

interface AskProps {
  readonly asked: { readonly months: number; readonly removes: number };
  readonly isBusy: boolean;
  readonly onClose: () => void;
  readonly onSure: () => void;
}

function Ask({ asked, isBusy, onClose, onSure }: AskProps) {
  const dates = useDates();
  const count = dates.count(asked.removes);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={<Trans>Remove older messages from the archive?</Trans>}
      actions={
        <>
          <Button onClick={onClose}><Trans>Cancel</Trans></Button>
          <Button variant="danger" isBusy={isBusy} onClick={onSure}><Trans>Remove them for good</Trans></Button>
        </>
      }
    >
      <p>
        <Plural
          value={asked.removes}
          one="One entry is older than that, and goes now, with its message."
          other={`${count} entries are older than that, and go now, with their messages.`}
        />
      </p>
    </Dialog>
  );
}
