import { Trans, useLingui } from "@lingui/react/macro";
import { Users, X } from "lucide-react";
import { useState } from "react";
import { type AccountRow, type AssignedTeam, type Level, levels } from "@/api";
import { teams } from "@/api/teams";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Banner, Button, IconButton, Select, showToast, SkeletonRows } from "@/ui";
import { internalLevels, levelChoices } from "../AssignedUsers";
import { FormDialog } from "../FormDialog";
import type { PatchRow } from "../MailboxPage";
import { SavedMark } from "../SavedMark";
import { useSaved } from "../useSaved";

interface AssignedTeamsProps {
  readonly row: AccountRow;
  readonly patch: PatchRow;
}

/** The groups of users that a mailbox was given to. */
export function AssignedTeams({ row, patch }: AssignedTeamsProps) {
  const { t } = useLingui();
  const saved = useSaved();
  const [isAdding, setAdding] = useState(false);
  const offered = row.type === "local" ? internalLevels() : levels;
  const assign = (team: AssignedTeam, level: Level) => async () => {
    const fresh = await teams.assign(row.id, team.id, level);
    patch(() => fresh);
  };
  const remove = async (team: AssignedTeam) => {
    const isDone = await saved.save(async () => {
      const fresh = await teams.withdraw(row.id, team.id);
      patch(() => fresh);
    });
    if (isDone) showToast(t`The group ${team.name} no longer has access.`, () => void saved.save(assign(team, team.level)));
  };
  return (
    <div className="mt-4 border-t border-border pt-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-medium"><Trans>Assigned groups</Trans></h3>
        <span className="flex flex-row-reverse flex-wrap items-center justify-end gap-4 phone:flex-row">
          <SavedMark saved={saved} />
          <Button icon={<Users size={16} aria-hidden />} onClick={() => setAdding(true)}><Trans>Add group of users</Trans></Button>
        </span>
      </div>
      {saved.error !== null && <ErrorNote error={saved.error} className="mt-2" />}
      <ul className="mt-2 flex flex-col">
        {row.teams.map((team) => (
          <li key={team.id} className="flex min-h-12 items-center gap-3 border-b border-border py-1 last:border-b-0">
            <Users size={20} className="shrink-0 text-muted" aria-hidden />
            <span className="min-w-0 grow font-medium wrap-anywhere">{team.name}</span>
            <Select<Level>
              label={t`Level of the group ${team.name}`} value={team.level} choices={levelChoices(offered)} className="w-28 shrink-0 phone:w-32"
              onChange={(level) => void saved.save(assign(team, level), assign(team, team.level))}
            />
            <IconButton label={t`Take access away from the group ${team.name}`} icon={<X size={16} aria-hidden />} onClick={() => void remove(team)} />
          </li>
        ))}
      </ul>
      {isAdding && <AddTeam row={row} patch={patch} onClose={() => setAdding(false)} />}
    </div>
  );
}

function AddTeam({ row, patch, onClose }: AssignedTeamsProps & { readonly onClose: () => void }) {
  const { t } = useLingui();
  const deed = useDeed();
  const { resource } = useResource("teams", teams.list);
  const [id, setId] = useState<string>();
  const [level, setLevel] = useState<Level>(row.type === "local" ? "write" : "send");
  const assigned = new Set(row.teams.map((team) => team.id));
  const free = resource.status === "ready" ? resource.data.filter((team) => !assigned.has(team.id)) : [];
  const team = free.find((one) => one.id === id);
  const assign = () => deed.run(async () => {
    if (!team) return;
    const fresh = await teams.assign(row.id, team.id, level);
    patch(() => fresh);
    onClose();
  });
  return (
    <FormDialog title={<Trans>Add group of users</Trans>} button={<Trans>Give the group access</Trans>} deed={deed} onClose={onClose} onSubmit={() => void assign()}>
      {resource.status === "loading" && <SkeletonRows rows={1} />}
      {resource.status === "failed" && <ErrorNote error={resource.error} />}
      {resource.status === "ready" && free.length === 0 && <p className="text-muted"><Trans>There is no further group. Groups of users are made under Settings &gt; Basic settings &gt; Users.</Trans></p>}
      {free.length > 0 && (
        <div className="grid gap-4 phone:grid-cols-[1fr_150px]">
          <Select
            label={t`Group of users`} isLabelShown value={id} onChange={setId} placeholder={t`Choose a group`}
            choices={free.map((one) => ({ value: one.id, label: one.name }))}
          />
          <Select label={t`Level`} isLabelShown value={level} onChange={setLevel} choices={levelChoices(row.type === "local" ? internalLevels() : levels)} />
        </div>
      )}
      {team && (
        <Banner tone="warning" title={t`Everybody in the group ${team.name} will be able to read the whole mailbox`}>
          <Trans>That is every message and attachment of {row.address}, old and new, also for those who are added to the group later. Your confirmation is kept in the audit trail.</Trans>
        </Banner>
      )}
    </FormDialog>
  );
}
