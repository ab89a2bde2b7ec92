import { Trans, useLingui } from "@lingui/react/macro";
import { admin } from "@/api/admin";
import { ErrorNote, useResource } from "@/session";
import { Select } from "@/ui";
import { keepingChoices, monthsOf, valueOf } from "./keepingMonths";
import { Group } from "./Page";
import { SavedMark } from "./SavedMark";
import { useSaved } from "./useSaved";

const MONTHS = [6, 12, 24, 36, 60, 120];

/** How long entries are kept. */
export function AuditKeeping() {
  const { t } = useLingui();
  const saved = useSaved();
  const { resource, patch } = useResource("audit-months", admin.auditMonths);
  if (resource.status !== "ready") return null;
  const months = resource.data;
  const put = (wanted: number | null) => async () => {
    const now = await admin.setAuditMonths(wanted);
    patch(() => now);
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
        onChange={(value) => void saved.save(put(monthsOf(value)), put(months))}
        choices={keepingChoices(MONTHS, months)}
        className="w-64"
      />
    </Group>
  );
}
