import { plural, t } from "@lingui/core/macro";

const FOR_EVER = "0";

/** What a choice says; null: for ever. */
export const monthsOf = (value: string): number | null => (value === FOR_EVER ? null : Number(value));

/** Its value where so many months are chosen. */
export const valueOf = (months: number | null): string => String(months ?? FOR_EVER);

/** Whether something would be kept for less than now; null: for ever. */
export const isShorter = (wanted: number | null, now: number | null): boolean => wanted !== null && (now === null || wanted < now);

const words = (count: number): string =>
  count % 12 === 0 && count > 12 ? plural(count / 12, { one: "# year", other: "# years" }) : plural(count, { one: "# month", other: "# months" });

/** How long something can be kept: for ever, these months, and what is chosen now. */
export function keepingChoices(offered: readonly number[], months: number | null): readonly { value: string; label: string }[] {
  const known = months === null || offered.includes(months) ? offered : [...offered, months].sort((a, b) => a - b);
  return [{ value: FOR_EVER, label: t`For ever` }, ...known.map((count) => ({ value: String(count), label: words(count) }))];
}
