import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { type Team, type User, type UserId } from "@/api";
import type { TeamChange } from "@/api/team-types";
import { teams } from "@/api/teams";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Banner, Button, Checkbox, IconButton, TextField } from "@/ui";
import { errorAt, FormDialog } from "../FormDialog";
import { Group } from "../Page";

type Open = { readonly kind: "edit"; readonly team: Team | null } | { readonly kind: "delete"; readonly team: Team };

/** Groups of users: a mailbox is given to all of them at once. */
export function Teams({ users }: { readonly users: readonly User[] }) {
  const { t } = useLingui();
  const { resource, reload } = useResource("teams", teams.list);
  const [open, setOpen] = useState<Open | null>(null);
  if (resource.status === "loading") return null;
  if (resource.status === "failed") return <ErrorNote error={resource.error} />;
  const names = new Map(users.map((user) => [user.id, user.name]));
  const done = () => {
    setOpen(null);
    void reload();
  };
  return (
    <Group
      title={<Trans>Groups of users</Trans>}
      intro={<Trans>A group is assigned to mailboxes like a user. The highest level that somebody has counts.</Trans>}
      side={<Button icon={<Plus size={16} aria-hidden />} onClick={() => setOpen({ kind: "edit", team: null })}><Trans>New group of users</Trans></Button>}
    >
      {resource.data.length === 0 && <p className="text-muted"><Trans>There are no groups of users yet.</Trans></p>}
      <ul className="-my-1 flex flex-col">
        {resource.data.map((team) => (
          <li key={team.id} className="flex items-center gap-3 border-b border-border py-2 last:border-b-0">
            <div className="min-w-0 grow">
              <p className="font-medium wrap-anywhere">{team.name}</p>
              <p className="text-list text-muted wrap-anywhere">
                {team.members.map((id) => names.get(id) ?? "").join(", ") || <Trans>nobody is in it</Trans>}
                {" · "}
                <Plural value={team.accounts.length} _0="no mailbox" one="# mailbox" other="# mailboxes" />
              </p>
            </div>
            <IconButton label={t`Change the group ${team.name}`} icon={<Pencil size={16} aria-hidden />} onClick={() => setOpen({ kind: "edit", team })} />
            <IconButton label={t`Delete the group ${team.name}`} icon={<Trash2 size={16} aria-hidden />} onClick={() => setOpen({ kind: "delete", team })} />
          </li>
        ))}
      </ul>
      {open?.kind === "edit" && <Edit team={open.team} users={users} onClose={() => setOpen(null)} onDone={done} />}
      {open?.kind === "delete" && <Delete team={open.team} onClose={() => setOpen(null)} onDone={done} />}
    </Group>
  );
}

interface DialogProps {
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Edit({ team, users, onClose, onDone }: DialogProps & { readonly team: Team | null; readonly users: readonly User[] }) {
  const { t } = useLingui();
  const deed = useDeed();
  const [name, setName] = useState(team?.name ?? "");
  const [members, setMembers] = useState<ReadonlySet<string>>(() => new Set(team?.members));
  const mailboxes = team?.accounts.length ?? 0;
  const hasNew = [...members].some((id) => !team?.members.includes(id));
  const turn = (id: string, isIn: boolean) => {
    const next = new Set(members);
    if (isIn) next.add(id);
    else next.delete(id);
    setMembers(next);
  };
  const submit = async () => {
    const save = async () => {
      if (!team) return teams.add(name.trim(), [...members]);
      const change = changed(team, name.trim(), members);
      return Object.keys(change).length === 0 ? team : teams.change(team.id, change);
    };
    if (await deed.run(save)) onDone();
  };
  return (
    <FormDialog
      title={team ? <Trans>Change the group {team.name}</Trans> : <Trans>New group of users</Trans>} button={<Trans>Save group</Trans>}
      deed={deed} onClose={onClose} onSubmit={() => void submit()}
    >
      <TextField label={t`Name`} required maxLength={100} value={name} error={errorAt(deed, "name")} onChange={({ target }) => setName(target.value)} />
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-list font-medium"><Trans>Who is in it</Trans></legend>
        {users.filter((user) => user.is_active || members.has(user.id)).map((user) => (
          <Checkbox key={user.id} label={user.name} hint={user.login} checked={members.has(user.id)} onChange={({ target }) => turn(user.id, target.checked)} />
        ))}
      </fieldset>
      {hasNew && mailboxes > 0 && (
        <Banner tone="warning" title={t`Whom you add can read the mailboxes of the group`}>
          <Trans>That is every message and attachment, old and new. It takes effect at once. Your confirmation is kept in the audit trail.</Trans>
        </Banner>
      )}
    </FormDialog>
  );
}

/** What was changed here alone: somebody else may have taken people out meanwhile, who do not come back. */
function changed(team: Team, name: string, members: ReadonlySet<UserId>): TeamChange {
  const add = [...members].filter((id) => !team.members.includes(id));
  const remove = team.members.filter((id) => !members.has(id));
  return { ...(name !== team.name && { name }), ...(add.length > 0 && { add }), ...(remove.length > 0 && { remove }) };
}

function Delete({ team, onClose, onDone }: DialogProps & { readonly team: Team }) {
  const deed = useDeed();
  const remove = async () => {
    if (await deed.run(() => teams.remove(team.id))) onDone();
  };
  return (
    <FormDialog title={<Trans>Delete the group {team.name}?</Trans>} button={<Trans>Delete group</Trans>} variant="danger" deed={deed} onClose={onClose} onSubmit={() => void remove()}>
      <p><Trans>Whoever has mailboxes by this group alone loses them at once. The users stay.</Trans></p>
    </FormDialog>
  );
}
