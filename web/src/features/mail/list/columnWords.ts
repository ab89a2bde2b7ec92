import { t } from "@lingui/core/macro";
import type { SortedBy } from "@/store";
import type { ColumnName } from "../state/prefs";

/** What a column is called; of those with pictures alone it is the picture's name. */
export function columnWord(name: ColumnName): string {
  switch (name) {
    case "flag": return t({ message: "Flag", context: "column" });
    case "attachment": return t`Attachment`;
    case "from": return t({ message: "Sender", context: "column" });
    case "to": return t`Recipients`;
    case "subject": return t`Subject`;
    case "categories": return t`Categories`;
    case "size": return t`Size`;
    case "date": return t`Date`;
  }
}

export function sortWord(by: SortedBy): string {
  switch (by) {
    case "date": return t`Date`;
    case "from": return t({ message: "Sender", context: "column" });
    case "to": return t`Recipients`;
    case "subject": return t`Subject`;
    case "size": return t`Size`;
    case "flag": return t({ message: "Flag", context: "column" });
  }
}

/** Which way round, in the words of what is sorted by. */
export function directionWord(by: SortedBy, isAscending: boolean): string {
  switch (by) {
    case "date": return isAscending ? t`Oldest first` : t`Newest first`;
    case "size": return isAscending ? t`Smallest first` : t`Largest first`;
    case "flag": return isAscending ? t`Flagged last` : t`Flagged first`;
    case "from": case "to": case "subject": return isAscending ? t`A to Z` : t`Z to A`;
  }
}

export const SORTS: readonly SortedBy[] = ["date", "from", "to", "subject", "size", "flag"];
