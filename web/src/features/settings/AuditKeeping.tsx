import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Select } from "@/ui";
import { FormDialog } from "./FormDialog";
import { isShorter, keepingChoices, monthsOf, valueOf } from "./keepingMonths";
import { Group } from "./Page";
import { SavedMark } from "./SavedMark";
import { ProofFields, useProof } from "./security/proof";
import { useSaved } from "./useSaved";

const MONTHS = [6, 12, 24, 36, 60, 120];

/** How long entries are kept. For a shorter time one proves that it is oneself, so there is no undo behind a longer one. */
export function AuditKeeping() {
  const { t } = useLingui();
  const saved = useSaved();
  const { resource, patch } = useResource("audit-months", admin.auditMonths);
  const [asked, setAsked] = useState<number | null>(null);
  if (resource.status !== "ready") return null;
  const months = resource.data;
  const put = (wanted: number | null) => async () => {
    const now = await admin.setAuditMonths(wanted);
    patch(() => now);
  };
  const choose = (wanted: number | null) => {
    if (wanted !== null && isShorter(wanted, months)) setAsked(wanted);
    else void saved.save(put(wanted));
  };
  return (
    <Group
      title={<Trans>Keeping</Trans>}
      intro={<Trans>Older entries are removed; the trail notes that they were, and the rest still holds.</Trans>}
      side={<SavedMark saved={saved} />}
    >
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-3" />}
      <Select
        isLabelShown
        label={t`Entries are kept`}
        value={valueOf(months)}
        onChange={(value) => choose(monthsOf(value))}
        choices={keepingChoices(MONTHS, months)}
        className="w-64"
      />
      {asked !== null && (
        <Shorten
          months={asked}
          onClose={() => setAsked(null)}
          onDone={(now) => {
            patch(() => now);
            setAsked(null);
          }}
        />
      )}
    </Group>
  );
}

interface ShortenProps {
  readonly months: number;
  readonly onClose: () => void;
  readonly onDone: (months: number | null) => void;
}

function Shorten({ months, onClose, onDone }: ShortenProps) {
  const deed = useDeed();
  const proof = useProof();
  const save = () => deed.run(async () => onDone(await admin.setAuditMonths(months, await proof.get())));
  return (
    <FormDialog
      title={<Trans>Keep entries for a shorter time?</Trans>}
      button={<Trans>Remove older entries</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      <p><Trans>Entries that are older go within the hour, for good, and with them what they tell of who did what.</Trans></p>
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}
