import { Trans } from "@lingui/react/macro";
import { Link, useParams } from "@tanstack/react-router";
import { ChevronLeft, Mail, MailX } from "lucide-react";
import { type AccountRow, api, isApiError } from "@/api";
import { LoadError, Proof, useMe, useResource } from "@/session";
import { buttonClass, Centred, EmptyState, SkeletonRows } from "@/ui";
import { ArchiveOption } from "./archive/ArchiveOption";
import { AssignedUsers } from "./AssignedUsers";
import { EndMailbox } from "./EndMailbox";
import { HistoryDepth } from "./HistoryDepth";
import { TypeName } from "./MailboxList";
import { MailboxFiles } from "./MailboxFiles";
import { MailboxOptions } from "./MailboxOptions";
import { MailboxState } from "./MailboxState";
import { Group, Page } from "./Page";
import { RecordingOption } from "./records/RecordingOption";
import { SignIns } from "./SignIns";

export type PatchRow = (change: (row: AccountRow) => AccountRow) => void;

/** One mailbox: its state, its options in groups, who may use it, and how to end it. */
export function MailboxPage() {
  const { accountId } = useParams({ strict: false });
  const id = accountId ?? "";
  const { resource, reload, patch } = useResource(id, () => api.account(id), 4000);
  if (resource.status === "failed" && isApiError(resource.error, "no_such_account")) return <Gone />;
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  if (resource.status === "loading") {
    return (
      <div className="px-8 py-8">
        <SkeletonRows rows={5} />
      </div>
    );
  }
  return <Mailbox row={resource.data} patch={patch} onChanged={() => void reload()} />;
}

/** Administrators see every mailbox there is: asking again would not help, the list does. */
function Gone() {
  return (
    <Centred>
      <EmptyState
        icon={<MailX size={24} aria-hidden />}
        title={<Trans>This mailbox no longer exists.</Trans>}
        actions={
          <Link to="/settings/basic/email/external" className={buttonClass("primary")}>
            <Trans>To the mailboxes</Trans>
          </Link>
        }
      >
        <Trans>It has been deleted here. A mailbox at Microsoft is not affected by that.</Trans>
      </EmptyState>
    </Centred>
  );
}

interface MailboxProps {
  readonly row: AccountRow;
  readonly patch: PatchRow;
  readonly onChanged: () => void;
}

function Mailbox({ row, patch, onChanged }: MailboxProps) {
  const me = useMe();
  const isMine = row.users.some((user) => user.id === me.id);
  const isInternal = row.type === "local";
  return (
    <div>
      <div className="mx-auto max-w-5xl px-4 pt-4 phone:px-8 phone:pt-6">
        <Link
          to={isInternal ? "/settings/basic/email/internal" : "/settings/basic/email/external"}
          className="-ml-1 inline-flex min-h-8 touch:min-h-11 items-center gap-1 rounded-sm pr-2 text-list text-muted hover:text-ink"
        >
          <ChevronLeft size={16} aria-hidden />
          {isInternal ? <Trans>Internal mailboxes</Trans> : <Trans>External IMAP mailboxes</Trans>}
        </Link>
      </div>
      <div className="-mt-6 phone:-mt-7">
        <Page
          title={row.address}
          intro={<TypeName type={row.type} />}
          side={
            isMine && (
              <Link to="/mail/$accountId" params={{ accountId: row.id }} className={buttonClass("secondary")}>
                <Mail size={16} aria-hidden />
                <Trans>Open mailbox</Trans>
              </Link>
            )
          }
        >
          {!isInternal && <MailboxState row={row} isMine={isMine} />}
          {!isInternal && <SignIns row={row} isMine={isMine} patch={patch} onChanged={onChanged} />}
          {!isInternal && (row.state !== "waiting_for_sign_in" || row.sync.held > 0) && (
            <Group
              title={<Trans>Completeness</Trans>}
              intro={<Trans>Whether everything that Microsoft holds is here, by folder counters all the time and message by message every night.</Trans>}
            >
              <Proof accountId={row.id} isConnected={row.state === "connected" && row.is_active} />
            </Group>
          )}
          <AssignedUsers row={row} patch={patch} />
          <MailboxOptions row={row} patch={patch} />
          <Group title={<Trans>Signatures, templates and groups</Trans>} intro={<Trans>What everybody who writes in this mailbox can put into letters.</Trans>}>
            <div className="flex flex-wrap gap-2">
              <Link to="/settings/me/signatures" search={{ of: row.id }} className={buttonClass("secondary")}>
                <Trans>Signatures of this mailbox</Trans>
              </Link>
              <Link to="/settings/me/templates" search={{ of: row.id }} className={buttonClass("secondary")}>
                <Trans>Templates of this mailbox</Trans>
              </Link>
              <Link to="/settings/me/groups" search={{ of: row.id }} className={buttonClass("secondary")}>
                <Trans>Recipient groups of this mailbox</Trans>
              </Link>
            </div>
          </Group>
          {!isInternal && (
            <Group title={<Trans>Out of office and forwarding</Trans>} intro={<Trans>Both are kept at Microsoft: what is set here acts there, and what is set in Outlook is seen here.</Trans>}>
              <Link to="/settings/me/absence" search={{ of: row.id }} className={buttonClass("secondary")}>
                <Trans>Out-of-office note and forwarding of this mailbox</Trans>
              </Link>
            </Group>
          )}
          {!isInternal && <HistoryDepth row={row} patch={patch} />}
          <RecordingOption id={row.id} isLinked={isMine} />
          <ArchiveOption row={row} />
          {isInternal && isMine && <MailboxFiles row={row} onChanged={onChanged} />}
          <EndMailbox row={row} patch={patch} />
        </Page>
      </div>
    </div>
  );
}
