import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { Backlog } from "@/api/health-types";
import { useDates } from "@/i18n";
import { StateDot, type StateTone } from "@/ui";
import { Group } from "../Page";

/** On the health page: what webhooks are still to be told, and since when it does not get through. */
export function Backlogs({ rows }: { readonly rows: readonly Backlog[] }) {
  if (rows.length === 0) return null;
  return (
    <Group title={<Trans>Webhooks</Trans>}>
      <ul className="flex flex-col">
        {rows.map((row) => (
          <li key={row.id} className="relative border-b border-border py-3 last:border-b-0 hover:bg-hover">
            <Link to="/settings/basic/webhooks" className="block truncate font-medium -outline-offset-2 after:absolute after:inset-0">
              {row.name}
            </Link>
            <StateDot tone={toneOf(row)} className="text-list"><State row={row} /></StateDot>
            {row.refused > 0 && <p className="text-list text-muted"><Plural value={row.refused} one="# event was given up" other="# events were given up" /></p>}
          </li>
        ))}
      </ul>
    </Group>
  );
}

function toneOf({ is_given_up, is_paused, since, refused }: Backlog): StateTone {
  if (is_given_up) return "bad";
  if (is_paused) return "off";
  return since !== null || refused > 0 ? "attention" : "good";
}

function State({ row }: { readonly row: Backlog }) {
  const { t } = useLingui();
  const { full, count } = useDates();
  const number = count(row.waiting);
  if (row.waiting === 0) return row.is_given_up || row.is_paused ? t`Paused, nothing waits` : t`Nothing waits`;
  if (row.since === null) return t`${number} under way`;
  const since = full(row.since);
  if (row.is_given_up) return t`Given up: ${number} waiting since ${since}`;
  return row.is_paused ? t`Paused: ${number} waiting since ${since}` : t`${number} waiting since ${since}`;
}
