/** What the page says of a deed while and after it is done. */
import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useMemo } from "react";
import { useDates } from "@/i18n";
import type { Attempt } from "@/store";
import type { Telling } from "./telling";

export type DeedWords = Pick<Telling, "said" | "soFar" | "waiting">;

/** The words for an attempt; a move to the trash is called a deletion. `folder` is the target's name. */
export function useDeedWords(): (attempt: Attempt, folder: string, how?: { readonly isDeletion?: boolean; readonly isUnsent?: boolean }) => DeedWords {
  const { t } = useLingui();
  const { count } = useDates();
  return useMemo(() => {
    const waiting = (): string => t`The server does not answer. As soon as it does, the page checks what was done and continues.`;
    const words = (said: (n: number) => string, soFar: (a: string, b: string) => string): DeedWords =>
      ({ said, soFar: (done, total) => soFar(count(done), count(total)), waiting });
    return (attempt, folder, { isDeletion = false, isUnsent = false } = {}) => {
      if (attempt.kind === "destroy") {
        return words((n) => plural(n, { one: "Message deleted for good", other: "# messages deleted for good" }), (a, b) => t`${a} of ${b} deleted for good`);
      }
      if (attempt.kind === "move" && isUnsent) {
        return words((n) => plural(n, { one: "Not sent, and deleted", other: "# messages deleted; those that waited to be sent are not sent" }), (a, b) => t`${a} of ${b} deleted`);
      }
      if (attempt.kind === "move" && isDeletion) {
        return words((n) => plural(n, { one: "Message deleted", other: "# messages deleted" }), (a, b) => t`${a} of ${b} deleted`);
      }
      if (attempt.kind === "move") {
        return words((n) => plural(n, { one: `Moved to “${folder}”`, other: `# messages moved to “${folder}”` }), (a, b) => t`${a} of ${b} moved to “${folder}”`);
      }
      const name = attempt.category ?? "";
      return {
        categorised: words((n) => plural(n, { one: `Category “${name}” set`, other: `Category “${name}” set for # messages` }), (a, b) => t`Category “${name}” set for ${a} of ${b}`),
        uncategorised: words((n) => plural(n, { one: `Category “${name}” removed`, other: `Category “${name}” removed from # messages` }), (a, b) => t`Category “${name}” removed from ${a} of ${b}`),
        read: words((n) => plural(n, { one: "Marked as read", other: "# messages marked as read" }), (a, b) => t`${a} of ${b} marked as read`),
        unread: words((n) => plural(n, { one: "Marked as unread", other: "# messages marked as unread" }), (a, b) => t`${a} of ${b} marked as unread`),
        flagged: words((n) => plural(n, { one: "Flagged", other: "# messages flagged" }), (a, b) => t`${a} of ${b} flagged`),
        unflagged: words((n) => plural(n, { one: "Flag removed", other: "Flag removed from # messages" }), (a, b) => t`Flag removed from ${a} of ${b}`),
      }[attempt.mark];
    };
  }, [t, count]);
}
