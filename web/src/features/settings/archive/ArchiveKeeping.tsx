import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type Archive, isApiError } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, useDeed } from "@/session";
import { Select } from "@/ui";
import { keepingChoices, monthsOf, valueOf } from "../keepingMonths";
import { FormDialog } from "../FormDialog";
import { Group } from "../Page";
import { ProofFields, useProof } from "../security/proof";

const MONTHS = [12, 24, 36, 60, 72, 96, 120];

interface KeepingProps {
  readonly archive: Archive;
  readonly onChanged: () => void;
}

/** How long messages are kept, from when they were put in; what would go is said before it goes. */
export function ArchiveKeeping({ archive, onChanged }: KeepingProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const [asked, setAsked] = useState<Asked | null>(null);
  const months = archive.keep_months;
  const choose = (wanted: number | null) =>
    void deed.run(async () => {
      try {
        await admin.changeArchive(archive.account, { keep_months: wanted });
        onChanged();
      } catch (error) {
        const removes = isApiError(error, "removal_not_confirmed") ? Number(error.params["removes"]) : 0;
        if (wanted === null || (removes === 0 && !isApiError(error, "proof_needed"))) throw error;
        setAsked({ months: wanted, removes });
      }
    });
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
        onChange={(value) => choose(monthsOf(value))}
        choices={keepingChoices(MONTHS, months)}
        className="w-64 max-w-full"
      />
      {asked && (
        <Shorten
          archive={archive}
          asked={asked}
          onClose={() => setAsked(null)}
          onDone={() => {
            setAsked(null);
            onChanged();
          }}
        />
      )}
    </Group>
  );
}

interface Asked {
  readonly months: number;
  readonly removes: number;
}

interface ShortenProps {
  readonly archive: Archive;
  readonly asked: Asked;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Says what goes at once, and has oneself proven that it is oneself. */
function Shorten({ archive, asked, onClose, onDone }: ShortenProps) {
  const dates = useDates();
  const deed = useDeed();
  const proof = useProof();
  const count = dates.count(asked.removes);
  const save = () =>
    deed.run(async () => {
      await admin.changeArchive(archive.account, { keep_months: asked.months, confirm: true, proof: await proof.get() });
      onDone();
    });
  return (
    <FormDialog
      title={asked.removes > 0 ? <Trans>Remove older messages from the archive?</Trans> : <Trans>Keep messages for a shorter time?</Trans>}
      button={asked.removes > 0 ? <Trans>Remove them for good</Trans> : <Trans>Keep them for a shorter time</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      <p>
        {asked.removes > 0 ? (
          <Plural
            value={asked.removes}
            one="One entry is older than that, and goes now, with its message."
            other={`${count} entries are older than that, and go now, with their messages.`}
          />
        ) : (
          <Trans>Nothing goes now. From when they are older than that, messages are removed for good.</Trans>
        )}
      </p>
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}
