import { t } from "@lingui/core/macro";
import type { AccountHealth, Warning } from "@/api";

/** A mailbox's grade in a word or two. */
export function gradeWords({ grade, is_active, state }: AccountHealth): string {
  if (!is_active) return t`Inactive`;
  if (state === "waiting_for_sign_in") return t`Waiting for sign-in`;
  if (grade === "good") return t`Works`;
  return grade === "attention" ? t`Needs attention` : t`Does not work`;
}

const reasons: Readonly<Partial<Record<Warning["kind"], () => string>>> = {
  sign_in_needed: () => t`Somebody must sign in at Microsoft.`,
  not_synchronised: () => t`It has not been synchronised for a while.`,
  changes_wait: () => t`Changes have been waiting for more than an hour.`,
  check_overdue: () => t`Completeness could not be checked for three days.`,
  sign_in_lost: () => t`One of its sign-ins no longer works.`,
  sign_in_idle: () => t`A sign-in will end unless it is renewed.`,
  archive_behind: () => t`Its archive cannot keep up.`,
  archive_broken: () => t`Its archive is not what it was.`,
  forwarding_refused: () => t`Forwarded mail came back.`,
};

/** Why it has this grade; null where there is nothing to say. */
export function gradeReason({ kinds }: AccountHealth): string | null {
  const words = kinds.map((kind) => reasons[kind]?.()).filter((each) => each !== undefined);
  return words.length > 0 ? words.join(" ") : null;
}
