import { Trans, useLingui } from "@lingui/react/macro";
import { EllipsisVertical, KeyRound, LogOut, MailPlus, MailX, Pencil, ShieldCheck, ShieldOff, Trash2, UserCheck, UserPlus, UserRound, UserX, X } from "lucide-react";
import { useState } from "react";
import { api, type User } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, LoadError, useMe, useResource } from "@/session";
import { Avatar, Button, IconButton, Menu, MenuItem, MenuSeparator, SkeletonRows, StateDot } from "@/ui";
import { Page } from "./Page";
import { SavedMark } from "./SavedMark";
import { SingleSignOn } from "./people/SingleSignOn";
import { Teams } from "./people/Teams";
import { RequiredFactor } from "./security/RequiredFactor";
import { UserDialog, type UserDialogState } from "./UserDialog";
import { useSaved } from "./useSaved";

/** The people who log in here: add, change, deactivate, delete. */
export function UsersPage() {
  const { resource, reload } = useResource("users", api.users);
  const [dialog, setDialog] = useState<UserDialogState | null>(null);
  const saved = useSaved();
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;

  const setActive = (user: User, is_active: boolean) => {
    if (user.may_settings) {
      setDialog({ kind: is_active ? "activate" : "deactivate", user });
      return;
    }
    const put = (value: boolean) => () => admin.changeUser(user.id, { is_active: value }).then(reload);
    void saved.save(put(is_active), put(!is_active));
  };

  return (
    <Page
      title={<Trans>Users</Trans>}
      intro={<Trans>Everybody who logs in here. Which mailboxes they use is set at each mailbox.</Trans>}
      side={
        <Button
          variant="primary"
          icon={<UserPlus size={16} aria-hidden />}
          onClick={() => setDialog({ kind: "add" })}
        >
          <Trans>Add user</Trans>
        </Button>
      }
    >
      {saved.error !== null && <ErrorNote error={saved.error} />}
      {resource.status === "loading" ? (
        <SkeletonRows />
      ) : (
        <ul className="border-t border-border">
          {resource.data.map((user) => (
            <UserLine key={user.id} user={user} onDialog={setDialog} onActive={(value) => setActive(user, value)} />
          ))}
        </ul>
      )}
      <SavedMark saved={saved} />
      {resource.status === "ready" && <Teams users={resource.data} />}
      <RequiredFactor />
      <SingleSignOn />
      {dialog && (
        <UserDialog
          state={dialog}
          onClose={() => {
            setDialog(null);
            if (dialog.kind === "invite") void reload();
          }}
          onInvite={(user) => setDialog({ kind: "invite", user })}
          onDone={() => {
            setDialog(null);
            void reload();
          }}
        />
      )}
    </Page>
  );
}

/** Of an administrator it is asked about first. */
function Activation({ user }: { readonly user: User }) {
  if (user.may_settings) return user.is_active ? <Trans>Deactivate …</Trans> : <Trans>Activate …</Trans>;
  return user.is_active ? <Trans>Deactivate</Trans> : <Trans>Activate</Trans>;
}

interface UserLineProps {
  readonly user: User;
  readonly onDialog: (state: UserDialogState) => void;
  readonly onActive: (isActive: boolean) => void;
}

function UserLine({ user, onDialog, onActive }: UserLineProps) {
  const { t } = useLingui();
  const me = useMe();
  const isMe = user.id === me.id;
  return (
    <li className="flex min-h-14 items-center gap-3 border-b border-border px-2 py-2">
      <Avatar name={user.name} />
      <div className="min-w-0 grow phone:grid phone:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)] phone:items-center phone:gap-4">
        <div className="min-w-0">
          <p className="truncate font-medium">
            {user.name}
            {isMe && (
              <span className="ml-2 font-normal text-muted">
                <Trans>that is you</Trans>
              </span>
            )}
          </p>
          <p className="truncate text-list text-muted">
            {user.login}
            {user.email && user.email !== user.login && ` · ${user.email}`}
          </p>
        </div>
        <div className="flex flex-wrap gap-x-4 text-list">
          {!user.is_active && (
            <StateDot tone="off" className="text-muted">
              <Trans>Deactivated</Trans>
            </StateDot>
          )}
          {user.is_active && !user.has_password && !user.is_signed_on && (
            <StateDot tone="attention">
              {user.invited_until === null ? <Trans>No password yet</Trans> : <Trans>Invited</Trans>}
            </StateDot>
          )}
          {user.is_signed_on && (
            <span className="inline-flex items-center gap-1.5 text-muted">
              <UserRound size={14} aria-hidden />
              <Trans>Single sign-on</Trans>
            </span>
          )}
          {user.has_second_factor && (
            <span className="inline-flex items-center gap-1.5 text-muted">
              <ShieldCheck size={14} aria-hidden />
              <Trans>Second factor</Trans>
            </span>
          )}
          {user.may_settings && (
            <span className="inline-flex items-center gap-1.5 text-muted">
              <KeyRound size={14} aria-hidden />
              <Trans>Basic settings</Trans>
            </span>
          )}
        </div>
      </div>
      <Menu
        align="end"
        trigger={<IconButton label={t`Actions for ${user.name}`} icon={<EllipsisVertical size={16} aria-hidden />} />}
      >
        <MenuItem icon={<Pencil size={16} />} onSelect={() => onDialog({ kind: "change", user })}>
          <Trans>Change …</Trans>
        </MenuItem>
        {user.is_active && !user.has_password && (
          <MenuItem icon={<MailPlus size={16} />} onSelect={() => onDialog({ kind: "invite", user })}>
            {user.invited_until === null ? <Trans>Invite …</Trans> : <Trans>Make a new link …</Trans>}
          </MenuItem>
        )}
        {user.invited_until !== null && (
          <MenuItem icon={<MailX size={16} />} onSelect={() => onDialog({ kind: "revoke", user })}>
            <Trans>Take back the invitation …</Trans>
          </MenuItem>
        )}
        <MenuItem icon={<KeyRound size={16} />} onSelect={() => onDialog({ kind: "password", user })}>
          <Trans>Set a new password …</Trans>
        </MenuItem>
        {!isMe && (
          <>
            <MenuItem icon={<LogOut size={16} />} onSelect={() => onDialog({ kind: "logins", user })}>
              <Trans>End all logins …</Trans>
            </MenuItem>
            {user.has_second_factor && (
              <MenuItem icon={<ShieldOff size={16} />} onSelect={() => onDialog({ kind: "factor", user })}>
                <Trans>Reset second factor …</Trans>
              </MenuItem>
            )}
            {user.is_signed_on && (
              <MenuItem icon={<X size={16} />} onSelect={() => onDialog({ kind: "forget", user })}>
                <Trans>Detach from single sign-on …</Trans>
              </MenuItem>
            )}
            <MenuItem
              icon={user.is_active ? <UserX size={16} /> : <UserCheck size={16} />}
              onSelect={() => onActive(!user.is_active)}
            >
              <Activation user={user} />
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 size={16} />} tone="danger" onSelect={() => onDialog({ kind: "delete", user })}>
              <Trans>Delete …</Trans>
            </MenuItem>
          </>
        )}
      </Menu>
    </li>
  );
}
