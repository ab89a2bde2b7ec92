import { useLingui } from "@lingui/react/macro";
import type { AccountRow, AuditFilter, User } from "@/api";
import { Select } from "@/ui";
import { Day } from "./Day";

const ALL = "all";
type Wanted = { -readonly [name in keyof AuditFilter]: AuditFilter[name] };

export interface AuditFiltersProps {
  readonly filter: AuditFilter;
  readonly onChange: (filter: AuditFilter) => void;
  readonly mailboxes: readonly AccountRow[];
  readonly users: readonly User[];
}

/** Which entries are shown: of whom, of what, and when. */
export function AuditFilters({ filter, onChange, mailboxes, users }: AuditFiltersProps) {
  const { t } = useLingui();
  const change = (name: keyof AuditFilter, value: string | null) => {
    const wanted: Wanted = { ...filter };
    if (value === null || value === ALL) Reflect.deleteProperty(wanted, name);
    else wanted[name] = value;
    onChange(wanted);
  };
  const kinds = [
    { value: ALL, label: t`Everything` },
    { value: "mail", label: t`Mail: read, sent, moved, deleted` },
    { value: "grant", label: t`Assignments` },
    { value: "account", label: t`Mailboxes and their options` },
    { value: "sign_in", label: t`Sign-ins at Microsoft` },
    { value: "user", label: t`Users` },
    { value: "login", label: t`Logins` },
    { value: "token", label: t`Access of programs` },
    { value: "setting", label: t`Settings` },
    { value: "archive", label: t`Archives` },
    { value: "records", label: t`Activities: exported, erased` },
    { value: "webhook", label: t`Webhooks` },
    { value: "audit", label: t`The audit trail itself` },
  ];
  return (
    <div className="grid grid-cols-2 gap-3 phone:grid-cols-3 xl:grid-cols-5">
      <Select
        isLabelShown
        label={t`Mailbox`}
        value={filter.account ?? ALL}
        onChange={(value) => change("account", value)}
        choices={[
          { value: ALL, label: t`All mailboxes and users` },
          ...mailboxes.map((row) => ({ value: row.id, label: row.address })),
        ]}
      />
      <Select
        isLabelShown
        label={t`Person`}
        value={filter.user ?? ALL}
        onChange={(value) => change("user", value)}
        choices={[{ value: ALL, label: t`Everybody` }, ...users.map((user) => ({ value: user.id, label: user.name, hint: user.login }))]}
      />
      <Select
        isLabelShown
        label={t`Kind`}
        value={filter.kind ?? ALL}
        onChange={(value) => change("kind", value)}
        choices={kinds}
        className="max-phone:col-span-2"
      />
      <Day label={t`Since`} instant={filter.since} onChange={(instant) => change("since", instant)} />
      <Day label={t`Until`} instant={filter.until} isEnd onChange={(instant) => change("until", instant)} />
    </div>
  );
}
