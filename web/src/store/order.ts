/** In which order a list stands. Pure. Source: RFC 8621 §4.4.2; the server's order is the truth, ours serves until it has told. */
import type { Email, EmailQueryArguments } from "@/jmap";

export type SortedBy = "date" | "from" | "to" | "subject" | "size" | "flag";

export interface ListSort {
  readonly by: SortedBy;
  readonly isAscending: boolean;
}

export const NEWEST_FIRST: ListSort = { by: "date", isAscending: false };

export function isSameSort(a: ListSort, b: ListSort): boolean {
  return a.by === b.by && a.isAscending === b.isAscending;
}

const PROPERTIES = { date: "receivedAt", from: "from", to: "to", subject: "subject", size: "size" } as const;

/** What is equal comes newest first, says the server. */
export function sortArguments({ by, isAscending }: ListSort): EmailQueryArguments["sort"] {
  return by === "flag" ? [{ property: "hasKeyword", keyword: "$flagged", isAscending }] : [{ property: PROPERTIES[by], isAscending }];
}

/** What the server was asked for. */
export function listSort([first]: EmailQueryArguments["sort"]): ListSort {
  if (!first) return NEWEST_FIRST;
  const by = first.property === "hasKeyword" ? "flag" : first.property === "receivedAt" ? "date" : first.property;
  return { by, isAscending: first.isAscending };
}

/** Below 0: `a` stands first. */
export function compared(a: Email, b: Email, { by, isAscending }: ListSort): number {
  const [first, second] = [valueOf(a, by), valueOf(b, by)];
  const difference = first < second ? -1 : first > second ? 1 : 0;
  if (difference !== 0) return isAscending ? difference : -difference;
  return a.receivedAt < b.receivedAt ? 1 : a.receivedAt > b.receivedAt ? -1 : 0;
}

function valueOf(email: Email, by: SortedBy): string | number {
  switch (by) {
    case "date": return email.receivedAt;
    case "size": return email.size;
    case "flag": return email.keywords["$flagged"] ? 1 : 0;
    case "subject": return baseSubject(email.subject ?? "");
    case "from": case "to": return folded(email[by]?.[0]?.name?.trim() || email[by]?.[0]?.email || "");
  }
}

/** As `mail/sorting.py` has it. */
function baseSubject(subject: string): string {
  return folded(subject.replace(/^(?:\s*(?:re|fwd?|aw|wg)\s*(?:\[[^[\]]*\]\s*)?:|\s*\[[^[\]]*\](?=\s*\S))+/i, ""));
}

function folded(text: string): string {
  return text.trim().normalize("NFC").toLowerCase();
}
