import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import type { RecordFilter } from "@/api/records";
import { Button, Select, TextField } from "@/ui";
import { Day } from "../Day";

const BOTH = "both";

interface FiltersProps {
  readonly email: string;
  readonly onChange: (filter: RecordFilter) => void;
}

/** Which records are shown; `email` is the contact that was chosen in the list. */
export function RecordFilters({ email, onChange }: FiltersProps) {
  const { t } = useLingui();
  const [words, setWords] = useState("");
  const [address, setAddress] = useState(email);
  const [direction, setDirection] = useState(BOTH);
  const [since, setSince] = useState<string | null>(null);
  const [until, setUntil] = useState<string | null>(null);
  const search = (event: FormEvent) => {
    event.preventDefault();
    onChange({
      ...(words.trim() && { q: words.trim() }),
      ...(address.trim() && { email: address.trim() }),
      ...(direction !== BOTH && { direction }),
      ...(since && { since }),
      ...(until && { until }),
    });
  };
  return (
    <form onSubmit={search} role="search" className="grid grid-cols-2 items-end gap-3 wide:grid-cols-3">
      <TextField
        type="search"
        label={t`Words of subject, names or addresses`}
        value={words}
        maxLength={200}
        onChange={(event) => setWords(event.target.value)}
        className="max-wide:col-span-2"
      />
      <TextField
        type="search"
        label={t`Address of a contact`}
        value={address}
        maxLength={320}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setAddress(event.target.value)}
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
