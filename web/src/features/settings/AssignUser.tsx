import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type AccountRow, api, type Level, levels, type User } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Banner, Button, Dialog, Select, SkeletonRows } from "@/ui";
import { internalLevels, levelChoices } from "./AssignedUsers";
import type { PatchRow } from "./MailboxPage";

export interface AssignUserProps {
  readonly row: AccountRow;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly patch: PatchRow;
}

/** Choose a person and a level; the warning stands in the same dialog and the button names the deed. */
export function AssignUser(props: AssignUserProps) {
  const { row, isOpen, onClose, patch } = props;
  const [userId, setUserId] = useState<string>();
  const usual: Level = row.type === "local" ? "write" : "send";
  const [level, setLevel] = useState<Level>(usual);
  const [users, setUsers] = useState<readonly User[]>([]);
  const deed = useDeed();
  const user = users.find((one) => one.id === userId);

  const close = () => {
    setUserId(undefined);
    setLevel(usual);
    deed.clear();
    onClose();
  };
  const assign = async () => {
    if (!user) return;
    const isDone = await deed.run(async () => {
      const fresh = await admin.assign(row.id, user.id, level);
      patch(() => fresh);
    });
    if (isDone) close();
  };

  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={<Trans>Add user</Trans>}
      actions={
        <>
          <Button onClick={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="primary" disabled={!user} isBusy={deed.isBusy} onClick={() => void assign()}>
            {user ? <Trans>Give {user.name} access</Trans> : <Trans>Give access</Trans>}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {deed.error !== null && <ErrorNote error={deed.error} />}
        {isOpen && (
          <Chooser
            row={row}
            userId={userId}
            onUsers={setUsers}
            onUser={setUserId}
            level={level}
            onLevel={setLevel}
          />
        )}
        {user && <Warning name={`${user.name} (${user.login})`} row={row} />}
      </div>
    </Dialog>
  );
}

interface ChooserProps {
  readonly row: AccountRow;
  readonly userId: string | undefined;
  readonly onUsers: (users: readonly User[]) => void;
  readonly onUser: (id: string) => void;
  readonly level: Level;
  readonly onLevel: (level: Level) => void;
}

function Chooser({ row, userId, onUsers, onUser, level, onLevel }: ChooserProps) {
  const { t } = useLingui();
  const { resource, reload } = useResource("users", async () => {
    const users = await api.users();
    onUsers(users);
    return users;
  });
  if (resource.status === "loading") return <SkeletonRows rows={1} />;
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  const assigned = new Set(row.users.filter((user) => user.own_level !== null).map((user) => user.id));
  const free = resource.data.filter((user) => user.is_active && !assigned.has(user.id));
  if (free.length === 0) {
    return (
      <p className="text-muted">
        <Trans>All active users are already assigned. New users are added under Settings &gt; Basic settings &gt; Users.</Trans>
      </p>
    );
  }
  return (
    <div className="grid gap-4 phone:grid-cols-[1fr_150px]">
      <Select
        label={t`User`}
        isLabelShown
        value={userId}
        onChange={onUser}
        placeholder={t`Choose a person`}
        choices={free.map((user) => ({ value: user.id, label: user.name, hint: user.login }))}
      />
      <Select label={t`Level`} isLabelShown value={level} onChange={onLevel} choices={levelChoices(row.type === "local" ? internalLevels() : levels)} />
    </div>
  );
}

function Warning({ name, row }: { readonly name: string; readonly row: AccountRow }) {
  const { address } = row;
  return (
    <Banner tone="warning" title={<Trans>{name} will be able to read the whole mailbox</Trans>}>
      {row.type === "local" ? (
        <Trans>
          That is every message and attachment of {address}, old and new. It takes effect at once. Your confirmation is
          kept in the audit trail.
        </Trans>
      ) : (
        <Trans>
          That is every message and attachment of {address}, old and new, even without access to the Microsoft account.
          It takes effect at once. Your confirmation is kept in the audit trail.
        </Trans>
      )}
    </Banner>
  );
}
