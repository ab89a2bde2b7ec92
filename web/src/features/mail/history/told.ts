/** What was done with a message, as rows: one for each deed, but readings of one person in a row are one. */
import { plural, t } from "@lingui/core/macro";
import type { Deed } from "@/api/deeds";
import { withoutTurning } from "@/lib/turning";

export interface Told {
  readonly deed: Deed;
  /** So often in a row; the deed is the latest. */
  readonly times: number;
}

export function rowsOf(deeds: readonly Deed[]): readonly Told[] {
  const rows: Told[] = [];
  for (const deed of deeds) {
    const last = rows.at(-1);
    if (last && isSameReading(last.deed, deed)) rows[rows.length - 1] = { ...last, times: last.times + 1 };
    else rows.push({ deed, times: 1 });
  }
  return rows;
}

const READ = "mail.read";

function isSameReading(one: Deed, other: Deed): boolean {
  return one.action === READ && other.action === READ && one.name === other.name && one.is_mine === other.is_mine;
}

const clean = (text: string): string => withoutTurning(text);

function labels({ added, removed }: Deed): string {
  const given = added.map(clean).join(", ");
  const taken = removed.map(clean).join(", ");
  if (taken === "") return t`Category given: ${given}`;
  return given === "" ? t`Category removed: ${taken}` : t`Category given: ${given}; removed: ${taken}`;
}

/** What was done, without who did it. */
export function wordsOf({ deed, times }: Told): string {
  const folder = clean(deed.folder ?? "");
  switch (deed.action) {
    case READ: return plural(times, { one: "Read", other: "Read # times, most recently" });
    case "mail.answered": return t`Answered`;
    case "mail.forwarded": return t`Forwarded`;
    case "mail.sent": return t`Sent`;
    case "mail.canceled": return t`Sending stopped`;
    case "mail.moved": return t`Moved to “${folder}”`;
    case "mail.copied": return t`Copied to “${folder}”`;
    case "mail.deleted": return t`Deleted`;
    case "mail.flagged": return t`Flagged`;
    case "mail.unflagged": return t`Flag removed`;
    case "mail.labelled": return labels(deed);
    default: return t`Changed`;
  }
}
