import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { admin } from "@/api/admin";
import { ErrorNote, useResource } from "@/session";
import { Select } from "@/ui";
import { Group } from "./Page";
import { SavedMark } from "./SavedMark";
import { useSaved } from "./useSaved";

const FOR_EVER = "0";
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
  const words = (count: number) =>
    count % 12 === 0 && count > 12 ? plural(count / 12, { one: "# year", other: "# years" }) : plural(count, { one: "# month", other: "# months" });
  const known = months === null || MONTHS.includes(months) ? MONTHS : [...MONTHS, months].sort((a, b) => a - b);
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
        value={String(months ?? FOR_EVER)}
        onChange={(value) => void saved.save(put(value === FOR_EVER ? null : Number(value)), put(months))}
        choices={[{ value: FOR_EVER, label: t`For ever` }, ...known.map((count) => ({ value: String(count), label: words(count) }))]}
        className="w-64"
      />
    </Group>
  );
}
