import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { CloudOff, KeyRound } from "lucide-react";
import type { ReactNode } from "react";
import { Suspense, lazy, useEffect } from "react";
import type { AccountId } from "@/jmap";
import { useMe } from "@/session";
import type { AssignedMailbox, MailStore } from "@/store";
import { Button, Centred, EmptyState, SkeletonRows } from "@/ui";
import { isDeskWanted, useWritingSoon } from "./compose/useWriting";
import { ALL, IdentityMenu } from "./folders/IdentityMenu";
import type { SearchAddress } from "./MailboxView";
import { MailboxView } from "./MailboxView";
import { MailError } from "./MailError";
import { PaletteDoor } from "./palette/PaletteDoor";
import { Administrators, NoMailbox } from "./NoMailbox";
import { arriveAnew, firstMailbox, hasMail } from "./state/arrival";
import type { HandOverSlot } from "./state/handOver";
import { HandOverContext } from "./state/handOver";
import { useSignal } from "./state/hooks";
import { readPrefs } from "./state/prefs";
import { useMailStore } from "./state/runtime";

const AllView = lazy(async () => ({ default: (await import("./all/AllView")).AllView }));
const ComposerDesk = lazy(async () => ({ default: (await import("./compose/ComposerDesk")).ComposerDesk }));

export interface MailPageProps {
  readonly accountId?: string;
  readonly folderId?: string;
  readonly messageId?: string;
  readonly search?: SearchAddress;
  /** The way to Microsoft: in place of a mailbox of which nothing is stored yet, or in a dialog. */
  readonly handOver: HandOverSlot;
  /** Set while somebody has just come back from Microsoft's sign-in: called when the page has said that it worked. */
  readonly onWelcomed?: () => void;
}

/** The page of all mail addresses, and the letters being written, which stay while pages change. */
export function MailPage(props: MailPageProps) {
  const userId = useMe().id;
  const store = useMailStore(userId);
  const isWriting = useSignal(isDeskWanted);
  useWritingSoon();
  return (
    <>
      <Page {...props} store={store} />
      {isWriting && <Suspense fallback={null}><ComposerDesk store={store} userId={userId} /></Suspense>}
    </>
  );
}

/** Finds the mailbox and says why it can't be shown. */
function Page({ store, accountId, folderId, messageId, search, handOver, onWelcomed }: MailPageProps & { readonly store: MailStore }) {
  const assigned = useSignal(store.assigned);
  const failure = useSignal(store.failure);
  const mailbox = assigned?.find((each) => each.id === accountId);
  useFirstMailbox(assigned, accountId);
  if (!assigned) return failure ? <LoadFailed store={store} error={failure} /> : <Loading />;
  const isEverywhere = search?.scope === "everywhere" && assigned.length > 1 && mailbox !== undefined;
  if (assigned.length > 1 && (accountId === ALL || isEverywhere)) {
    return (
      <HandOverContext value={handOver}>
        <Suspense fallback={<Loading />}><AllOpened key={accountId} {...{ store, folderId, messageId, search }} origin={mailbox ?? null} /></Suspense>
      </HandOverContext>
    );
  }
  if (accountId === undefined || accountId === ALL) return assigned.length === 0 ? <Alone><NoMailbox /></Alone> : <Loading />;
  if (!mailbox) return <Alone><AccessEnded others={assigned} /></Alone>;
  return (
    <HandOverContext value={handOver}>
      <Opened key={mailbox.id} {...{ store, mailbox, folderId, messageId, search, handOver, onWelcomed }} />
    </HandOverContext>
  );
}

interface AllOpenedProps {
  readonly store: MailStore;
  readonly folderId: string | undefined;
  readonly messageId: string | undefined;
  readonly search: SearchAddress | undefined;
  /** Where a search in all mailboxes was begun; null: all mailboxes are open themselves. */
  readonly origin: AssignedMailbox | null;
}

function AllOpened({ store, folderId, messageId, search, origin }: AllOpenedProps) {
  const session = useSignal(store.session);
  const identity = <Identity store={store} current={origin} />;
  if (!session) return <Loading />;
  return <AllView {...{ store, session, folderId, messageId, search, origin, identity }} />;
}

/** The drop-down; a choice opens that mailbox, or all of them. */
function Identity({ store, current }: { readonly store: MailStore; readonly current: AssignedMailbox | null }) {
  const navigate = useNavigate();
  return (
    <IdentityMenu
      store={store} current={current}
      onChoose={(id) => { void navigate({ to: "/mail/$accountId", params: { accountId: id }, search: {} }); }}
    />
  );
}

interface OpenedProps {
  readonly store: MailStore;
  readonly mailbox: AssignedMailbox;
  readonly folderId: string | undefined;
  readonly messageId: string | undefined;
  readonly search: SearchAddress | undefined;
  readonly handOver: HandOverSlot;
  readonly onWelcomed: (() => void) | undefined;
}

function Opened({ store, mailbox, folderId, messageId, search, handOver, onWelcomed }: OpenedProps) {
  const session = useSignal(store.session);
  const account = hasMail(mailbox) ? store.account(mailbox.id as AccountId) : undefined;
  const identity = <Identity store={store} current={mailbox} />;
  if (!session || !account) {
    return (
      <>
        <Waiting identity={identity}>{handOver(mailbox, "page")}</Waiting>
        <PaletteDoor view={null} store={store} accountId={mailbox.id} />
      </>
    );
  }
  return <MailboxView {...{ store, session, mailbox, account, folderId, messageId, search, identity, onWelcomed }} />;
}

/** Nothing of this mailbox is stored yet, because nobody has signed in: the way to Microsoft, with the drop-down still at hand. */
function Waiting({ identity, children }: { readonly identity: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="flex h-full min-h-0 flex-col phone:flex-row">
      <div className="shrink-0 border-b border-border bg-sunken p-2 phone:w-60 phone:border-r phone:border-b-0">{identity}</div>
      <main className="min-h-0 min-w-0 grow overflow-y-auto">{children}</main>
    </div>
  );
}

/** Without a mailbox in the address one is opened, or all of them if they were last. */
function useFirstMailbox(assigned: readonly AssignedMailbox[] | null, accountId: string | undefined): void {
  const navigate = useNavigate();
  const { lastAccount } = readPrefs();
  const several = assigned !== null && assigned.length > 1;
  const first = several && lastAccount === ALL ? ALL : firstMailbox(assigned ?? [], lastAccount)?.id;
  const isAlone = assigned !== null && !several && accountId === ALL; // there is nothing to be merged any more
  useEffect(() => {
    if (accountId === undefined) arriveAnew();
    if ((accountId === undefined || isAlone) && first !== undefined) void navigate({ to: "/mail/$accountId", params: { accountId: first }, search: {}, replace: true });
  }, [navigate, accountId, isAlone, first]);
}

function Alone({ children }: { readonly children: ReactNode }) {
  return <main className="h-full overflow-y-auto"><Centred>{children}</Centred></main>;
}

function Loading() {
  return <div className="p-6"><SkeletonRows rows={6} /></div>;
}

function LoadFailed({ store, error }: { readonly store: MailStore; readonly error: unknown }) {
  const { t } = useLingui();
  return (
    <div className="mx-auto max-w-xl p-6">
      <EmptyState icon={<CloudOff size={24} aria-hidden />} title={t`Your mail can't be loaded`} />
      <MailError error={error} actions={<Button onClick={() => { void store.reload(); }}>{t`Try again`}</Button>} />
    </div>
  );
}

/** The assignment was withdrawn, or the address names a mailbox that never was ours. */
function AccessEnded({ others }: { readonly others: readonly AssignedMailbox[] }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  return (
    <EmptyState
      icon={<KeyRound size={24} aria-hidden />} title={t`You are not assigned to this mailbox`}
      actions={others.map((each) => (
        <Button key={each.id} onClick={() => { void navigate({ to: "/mail/$accountId", params: { accountId: each.id }, search: {} }); }}>{each.name || each.address}</Button>
      ))}
    >
      <p><Trans>Your access has ended, or there is no such mailbox. If you need it, ask your administrator.</Trans></p>
      <Administrators />
      {others.length > 0 && <p className="mt-4"><Trans>These mailboxes are yours:</Trans></p>}
    </EmptyState>
  );
}
