import { Trans, useLingui } from "@lingui/react/macro";
import { UserPlus, X } from "lucide-react";
import { useState } from "react";
import { type AccountRow, type AssignedUser, type Level, levels } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote } from "@/session";
import { Avatar, Button, IconButton, Select, showToast } from "@/ui";
import { AssignedTeams } from "./people/AssignedTeams";
import { AssignUser } from "./AssignUser";
import type { PatchRow } from "./MailboxPage";
import { Group } from "./Page";
import { SavedMark } from "./SavedMark";
import { useSaved } from "./useSaved";
import { levelMeaning, levelWords } from "./words";

/** Who may use the mailbox, each with a level. Adding asks with a warning; removing acts at once and can be undone. */
export function AssignedUsers({ row, patch }: { readonly row: AccountRow; readonly patch: PatchRow }) {
  const { t } = useLingui();
  const saved = useSaved();
  const [isAdding, setAdding] = useState(false);
  const isInternal = row.type === "local";

  const assign = (user: AssignedUser, level: Level) => async () => {
    const fresh = await admin.assign(row.id, user.id, level);
    patch(() => fresh);
  };
  const change = (user: AssignedUser, level: Level) =>
    void saved.save(assign(user, level), assign(user, user.own_level ?? user.level));
  const remove = async (user: AssignedUser) => {
    const isDone = await saved.save(async () => {
      const fresh = await admin.unassign(row.id, user.id);
      patch(() => fresh);
    });
    if (isDone) showToast(t`${user.name} no longer has access.`, () => void saved.save(assign(user, user.own_level ?? user.level)));
  };

  return (
    <Group
      title={<Trans>Assigned users</Trans>}
      intro={isInternal
        ? <Trans>They can read the whole mailbox.</Trans>
        : <Trans>They can read the whole mailbox, even without access to the Microsoft account.</Trans>}
      side={
        <span className="flex flex-row-reverse flex-wrap items-center justify-end gap-4 phone:flex-row phone:[&>:empty]:-mr-4">
          <SavedMark saved={saved} />
          <Button icon={<UserPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            <Trans>Add user</Trans>
          </Button>
        </span>
      }
    >
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      {row.users.length === 0 ? (
        <p className="py-2 text-muted">
          <Trans>Nobody yet. Add the people who should work with this mailbox.</Trans>
        </p>
      ) : (
        <ul className="-my-1 flex flex-col">
          {row.users.map((user) => (
            <UserLine
              key={user.id}
              user={user}
              isInternal={isInternal}
              onLevel={(level) => change(user, level)}
              onRemove={() => void remove(user)}
            />
          ))}
        </ul>
      )}
      <AssignedTeams row={row} patch={patch} />
      <AssignUser row={row} isOpen={isAdding} onClose={() => setAdding(false)} patch={patch} />
    </Group>
  );
}

interface UserLineProps {
  readonly user: AssignedUser;
  readonly isInternal: boolean;
  readonly onLevel: (level: Level) => void;
  readonly onRemove: () => void;
}

function UserLine({ user, isInternal, onLevel, onRemove }: UserLineProps) {
  const { t } = useLingui();
  return (
    <li className="flex min-h-12 items-center gap-3 border-b border-border py-1 last:border-b-0">
      <Avatar name={user.name} />
      <span className="min-w-0 grow">
        <span className="block font-medium wrap-anywhere">{user.name}</span>
        {user.teams.length > 0 && <ByTeams user={user} />}
      </span>
      {user.own_level === null ? (
        <span className="shrink-0 text-list text-muted">{levelWords(user.level)}</span>
      ) : (
        <>
          <Select<Level>
            label={t`Level of ${user.name}`}
            value={user.own_level}
            onChange={onLevel}
            choices={levelChoices(isInternal ? internalLevels(user.own_level) : levels)}
            className="w-28 shrink-0 phone:w-32"
          />
          <IconButton
            label={t`Take access away from ${user.name}`}
            icon={<X size={16} aria-hidden />}
            onClick={onRemove}
          />
        </>
      )}
    </li>
  );
}

/** Where the right comes from, and what counts where it is more than what was given to the user alone. */
function ByTeams({ user }: { readonly user: AssignedUser }) {
  const names = user.teams.join(", ");
  const level = levelWords(user.level);
  const isMore = user.own_level !== null && user.own_level !== user.level;
  return (
    <span className="block text-list text-muted wrap-anywhere">
      {isMore ? <Trans>by the group {names}: {level}</Trans> : <Trans>by the group {names}</Trans>}
    </span>
  );
}

/** Nobody sends from an internal mailbox yet: that level is offered only where somebody has it. */
export const internalLevels = (held?: Level): readonly Level[] => levels.filter((level) => level !== "send" || level === held);

export const levelChoices = (offered: readonly Level[] = levels) =>
  offered.map((value) => ({ value, label: levelWords(value), hint: levelMeaning(value) }));
