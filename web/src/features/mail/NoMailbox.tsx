import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Mailbox as MailboxIcon } from "lucide-react";
import { api } from "@/api";
import { administratorsOf, useMe } from "@/session";
import { EmptyState, buttonClass } from "@/ui";
import { useLoaded } from "./state/hooks";

/** No mailbox is assigned: administrators are led to the settings, others are told whom to ask. */
export function NoMailbox() {
  const { t } = useLingui();
  const me = useMe();
  if (me.may_settings) {
    return (
      <EmptyState
        icon={<MailboxIcon size={24} aria-hidden />} title={t`No mailbox is assigned to you yet`}
        actions={<Link to="/settings/basic/email/external" className={buttonClass("primary")}>{t`To the mailboxes`}</Link>}
      >
        <Trans>Add one and assign it to yourself and your colleagues.</Trans>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<MailboxIcon size={24} aria-hidden />} title={t`No mailbox is assigned to you yet`}>
      <p><Trans>Please ask an administrator to assign you:</Trans></p>
      <Administrators />
    </EmptyState>
  );
}

/** The server names them when it refuses the list of users. */
export function Administrators() {
  const { t } = useLingui();
  const answer = useLoaded("administrators", () => api.users());
  const people = answer.kind === "failed" ? administratorsOf(answer.error) : [];
  if (people.length === 0) return null;
  return (
    <ul className="mt-2 flex flex-wrap justify-center gap-x-4 gap-y-1">
      {people.map(({ name, email }) => (
        <li key={email || name}>{email ? <a href={`mailto:${email}`} title={t`Write to ${name}`} className="text-accent underline">{name}</a> : name}</li>
      ))}
    </ul>
  );
}
