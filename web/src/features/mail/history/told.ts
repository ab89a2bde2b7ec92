/** What was done with a message, as rows: one for each deed, but readings of one person in a row are one. */
import { select } from "@lingui/core/macro";
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

type Who = "you" | "other";

function labels({ added, removed }: Deed, who: Who): string {
  const given = added.map(clean).join(", ");
  const taken = removed.map(clean).join(", ");
  if (taken === "") return select(who, { you: `gave the category: ${given}`, other: `gave the category: ${given}` });
  if (given === "") return select(who, { you: `took the category away: ${taken}`, other: `took the category away: ${taken}` });
  return select(who, { you: `gave the category: ${given}; took away: ${taken}`, other: `gave the category: ${given}; took away: ${taken}` });
}

function readings(times: number, who: Who): string {
  if (times === 1) return select(who, { you: "read it", other: "read it" });
  return select(who, { you: `read it ${times} times, most recently`, other: `read it ${times} times, most recently` });
}

/** What was done, as the end of a sentence that begins with who did it: other languages say it of you in another form. */
export function wordsOf({ deed, times }: Told): string {
  const folder = clean(deed.folder ?? "");
  const who: Who = deed.is_mine ? "you" : "other";
  switch (deed.action) {
    case READ: return readings(times, who);
    case "mail.answered": return select(who, { you: "answered it", other: "answered it" });
    case "mail.forwarded": return select(who, { you: "forwarded it", other: "forwarded it" });
    case "mail.sent": return select(who, { you: "sent it", other: "sent it" });
    case "mail.canceled": return select(who, { you: "stopped it from being sent", other: "stopped it from being sent" });
    case "mail.moved": return select(who, { you: `moved it to “${folder}”`, other: `moved it to “${folder}”` });
    case "mail.copied":
      if (folder === "") return select(who, { you: "copied it into another mailbox", other: "copied it into another mailbox" });
      return select(who, { you: `copied it to “${folder}”`, other: `copied it to “${folder}”` });
    case "mail.deleted": return select(who, { you: "deleted it", other: "deleted it" });
    case "mail.flagged": return select(who, { you: "flagged it", other: "flagged it" });
    case "mail.unflagged": return select(who, { you: "removed the flag", other: "removed the flag" });
    case "mail.labelled": return labels(deed, who);
    default: return select(who, { you: "changed it", other: "changed it" });
  }
}
