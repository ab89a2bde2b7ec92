import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import type { ArchiveFilter } from "@/api";
import { Button, Select, TextField } from "@/ui";
import { Day } from "../Day";

const BOTH = "both";

/** Which messages are shown. Nothing is asked for before somebody says so: each look is in the audit trail. */
export function ArchiveFilters({ onChange }: { readonly onChange: (filter: ArchiveFilter) => void }) {
  const { t } = useLingui();
  const [words, setWords] = useState("");
  const [direction, setDirection] = useState(BOTH);
  const [since, setSince] = useState<string | null>(null);
  const [until, setUntil] = useState<string | null>(null);
  const search = (event: FormEvent) => {
    event.preventDefault();
    onChange({
      ...(words.trim() && { q: words.trim() }),
      ...(direction !== BOTH && { direction }),
      ...(since && { since }),
      ...(until && { until }),
    });
  };
  return (
    <form onSubmit={search} role="search" className="grid grid-cols-2 items-end gap-3 wide:grid-cols-[minmax(0,2fr)_1fr_1fr_1fr_auto]">
      <TextField
        type="search"
        label={t`Words of subject, names or addresses`}
        value={words}
        maxLength={200}
        onChange={(event) => setWords(event.target.value)}
        className="max-wide:col-span-2"
      />
      <Select
        isLabelShown
        label={t`Direction`}
        value={direction}
        onChange={setDirection}
        choices={[
          { value: BOTH, label: t`Received and sent` },
          { value: "in", label: t`Received` },
          { value: "out", label: t`Sent` },
        ]}
        className="max-wide:col-span-2"
      />
      <Day label={t`Since`} instant={since ?? undefined} onChange={setSince} />
      <Day label={t`Until`} instant={until ?? undefined} isEnd onChange={setUntil} />
      <Button type="submit" variant="primary" className="max-wide:col-span-2"><Trans>Find</Trans></Button>
    </form>
  );
}
