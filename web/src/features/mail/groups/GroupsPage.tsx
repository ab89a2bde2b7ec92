import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Pencil, Plus, Trash2, Users } from "lucide-react";
import { useState } from "react";
import type { AccountId, RecipientGroup } from "@/api";
import { api } from "@/api";
import { personName } from "@/lib/personName";
import { ErrorNote, LoadError, offerWayBack, useDeed, useResource } from "@/session";
import { Button, EmptyState, IconButton, Page, Select, SkeletonRows, TextField } from "@/ui";
import { forgetNeeds } from "../boilerplate/needs";
import { addressOf } from "../compose/groups";
import { GroupDialog } from "./GroupDialog";

const OWN = "own";
/** Fewer are overlooked at a glance. */
const MANY = 8;

/** Recipients that go by one name: one's own, and those of a mailbox. */
export function GroupsPage() {
  const { t } = useLingui();
  const { of } = useSearch({ strict: false });
  const navigate = useNavigate();
  const { resource, reload } = useResource("my mailboxes", api.mailboxes);
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  const mine = resource.status === "ready" ? resource.data : [];
  const choices = [
    { value: OWN, label: t`My own` }, ...mine.map(({ id, address }) => ({ value: id, label: address })),
    ...(of && resource.status === "ready" && !mine.some(({ id }) => id === of) ? [{ value: of, label: t`Another mailbox` }] : []),
  ];
  return (
    <Page
      title={t`Recipient groups`} intro={t`Several people by one name: begin to type it in the “To” field of a letter.`}
      side={<Select label={t`Whose`} value={of ?? OWN} onChange={(value) => { void navigate({ to: "/settings/me/groups", search: value === OWN ? {} : { of: value }, replace: true }); }} choices={choices} className="w-60 max-w-full" />}
    >
      {resource.status === "loading" ? <SkeletonRows rows={3} /> : <Owned key={of ?? OWN} of={of ?? null} />}
    </Page>
  );
}

/** `of`: the mailbox; null: one's own. */
function Owned({ of }: { readonly of: AccountId | null }) {
  const { t } = useLingui();
  const { resource, reload } = useResource(`groups ${of ?? OWN}`, async () => (of === null ? { groups: await api.ownGroups(), may_change: true } : api.groupsOf(of)));
  const [editing, setEditing] = useState<RecipientGroup | "new" | null>(null);
  const [words, setWords] = useState("");
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  if (resource.status === "loading") return <SkeletonRows rows={3} />;
  const { groups, may_change } = resource.data;
  const changed = (): void => {
    forgetNeeds();
    void reload();
  };
  const remove = async (one: RecipientGroup): Promise<void> => {
    await api.removeGroup(one.id);
    changed();
    offerWayBack(t`Group “${one.name}” deleted`, () => api.addGroup(of, { name: one.name, members: one.members }).then(changed));
  };
  const add = may_change && <Button variant="primary" icon={<Plus size={16} aria-hidden />} onClick={() => { setEditing("new"); }}>{t`Add group`}</Button>;
  const looked = words.trim().toLowerCase();
  const shown = groups.filter(({ name, members }) => looked === "" || [name, ...members.flatMap((each) => [each.name, each.email])].some((text) => text.toLowerCase().includes(looked)));
  return (
    <>
      {groups.length > 0 && (add || groups.length >= MANY) && (
        <div className="flex flex-wrap items-end justify-between gap-3">
          {groups.length >= MANY ? <TextField label={t`Search`} type="search" value={words} onChange={({ target }) => { setWords(target.value); }} className="w-72 max-w-full" /> : <span />}
          {add}
        </div>
      )}
      {!may_change && groups.length > 0 && <p className="text-muted">{t`Those who manage this mailbox keep these for everybody who writes in it.`}</p>}
      {groups.length === 0 && (
        <EmptyState icon={<Users size={24} aria-hidden />} title={t`No groups yet`} actions={add}>
          {may_change
            ? of === null ? t`A group puts all of its people into a letter at once, such as the owners of a house or a team.` : t`Everybody who writes in this mailbox will be offered them.`
            : t`Those who manage this mailbox can add some for everybody who writes in it.`}
        </EmptyState>
      )}
      {shown.length > 0 && (
        <ul aria-label={t`Recipient groups`} className="divide-y divide-border rounded-md border border-border">
          {shown.map((one) => <Row key={one.id} one={one} mayChange={may_change} onEdit={() => { setEditing(one); }} onRemove={() => remove(one)} />)}
        </ul>
      )}
      {groups.length > 0 && shown.length === 0 && <p role="status" className="text-muted">{t`Nothing here has these words.`}</p>}
      {editing !== null && <GroupDialog one={editing === "new" ? null : editing} account={of} onClose={() => { setEditing(null); }} onSaved={() => { setEditing(null); changed(); }} />}
    </>
  );
}

interface RowProps {
  readonly one: RecipientGroup;
  readonly mayChange: boolean;
  readonly onEdit: () => void;
  readonly onRemove: () => Promise<void>;
}

/** People that a row names. */
const NAMED = 30;

function Row({ one: { name, members }, mayChange, onEdit, onRemove }: RowProps) {
  const { t } = useLingui();
  const deed = useDeed();
  return (
    <li className="px-4 py-2.5">
      <div className="flex items-center gap-3">
        <Users size={18} aria-hidden className="shrink-0 text-muted" />
        <div className="min-w-0 grow">
          <h2 className="text-ui font-medium wrap-anywhere"><bdi>{name}</bdi> <span className="tabular text-list font-normal text-muted">· {plural(members.length, { one: "# address", other: "# addresses" })}</span></h2>
          <p className="truncate text-list text-muted"><bdi>{members.slice(0, NAMED).map((each) => personName(addressOf(each)) ?? "").join(", ")}</bdi></p>
        </div>
        {mayChange && (
          <span className="flex shrink-0 items-center gap-1">
            <Button icon={<Pencil size={16} aria-hidden />} aria-label={t`Change “${name}”`} onClick={onEdit}>{t`Change`}</Button>
            <IconButton label={t`Delete “${name}”`} icon={<Trash2 size={16} aria-hidden />} disabled={deed.isBusy} onClick={() => void deed.run(onRemove)} />
          </span>
        )}
      </div>
      {deed.error !== null && <ErrorNote error={deed.error} className="mt-2" />}
    </li>
  );
}
