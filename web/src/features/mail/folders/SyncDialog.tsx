import { Trans, useLingui } from "@lingui/react/macro";
import { RefreshCw } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { Ago, useDates } from "@/i18n";
import type { Notice } from "@/store";
import { wakeSync } from "@/store";
import { ErrorNote, Proof } from "@/session";
import { Banner, Button, Details, Dialog } from "@/ui";
import { useNotices } from "../state/useNotices";
import { useSecondsUntil, useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import { useRefusalWords } from "../state/refusals";
import { NoticeReason, useNoticed } from "../TakenBack";
import { Queue } from "./Queue";
import { SyncLine } from "./SyncLine";
import { arrivalWords } from "./syncWords";

/** Everything about the synchronisation: last look, completeness, waiting changes, refusals, refresh. */
export function SyncDialog() {
  const { t } = useLingui();
  const { store, account, mailbox, setDialog } = useMail();
  const { count } = useDates();
  const sync = useSignal(account.sync);
  const waitS = useSecondsUntil(sync?.problem === "throttled" ? sync.retryAt : null);
  const [state, setState] = useState<{ isBusy: boolean; error: unknown }>({ isBusy: false, error: null });
  const arrival = sync && arrivalWords(sync);
  const refresh = (): void => {
    setState({ isBusy: true, error: null });
    wakeSync(store.transport, account.id)
      .then(() => account.refresh())
      .then(() => { setState({ isBusy: false, error: null }); }, (error: unknown) => { setState({ isBusy: false, error }); });
  };
  return (
    <Dialog
      isOpen onClose={() => { setDialog(null); }} title={t`Synchronisation`}
      actions={<Button variant="primary" icon={<RefreshCw size={16} aria-hidden />} isBusy={state.isBusy} disabled={waitS > 0} onClick={refresh}>{t`Look at Microsoft now`}</Button>}
    >
      <SyncLine store={store} mailbox={mailbox} account={account} />
      {waitS > 0 && (
        <p className="px-2 text-list text-muted"><Trans>Until then asking again would only make the pause longer.</Trans></p>
      )}
      {state.error !== null && <ErrorNote error={state.error} className="mt-2" />}
      <dl className="mt-2 px-2">
        <Fact label={t`Mailbox`}>{mailbox.address}</Fact>
        <Fact label={t`Last synchronised`}>{sync?.lastSyncedAt ? <Ago at={sync.lastSyncedAt} /> : t`not yet`}</Fact>
        <Fact label={t`Changes elsewhere`}>{arrival ? t(arrival) : "–"}</Fact>
        <Fact label={t`Messages loaded`}>{sync ? t`${count(sync.held)} of ${count(Math.max(sync.held, sync.expected))}` : "–"}</Fact>
        <Fact label={t`Changes waiting for Microsoft`}>{count(sync?.pending ?? 0)}</Fact>
      </dl>
      {sync?.stateReason && <Details code={sync.stateReason} />}
      {sync?.problem && sync.problemDetail && <Details code={sync.problemDetail} />}
      <section className="mt-3 px-2">
        <h3 className="mb-1 text-list font-semibold"><Trans>Completeness</Trans></h3>
        <Proof accountId={account.id} isConnected={sync?.state === "connected" && sync.isActive} />
      </section>
      <Notices />
      <Queue pending={sync?.pending ?? 0} />
      <p className="mt-4 px-2 text-list text-muted">
        <Trans>Several programs may work on this mailbox at the same time. Their changes appear here a moment later; Microsoft's state counts.</Trans>
      </p>
    </Dialog>
  );
}

function Fact({ label, children }: { readonly label: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4 border-b border-border py-2 text-list last:border-b-0">
      <dt className="text-muted">{label}</dt>
      <dd className="tabular min-w-0 truncate text-right">{children}</dd>
    </div>
  );
}

function Notices() {
  const { t } = useLingui();
  const { store, account } = useMail();
  const { notices, dismiss } = useNotices(store, account);
  if (notices.length === 0) return null;
  return (
    <div className="mt-3 flex flex-col gap-2">
      {notices.map((notice) => <NoticeLine key={notice.id} notice={notice} onDismiss={() => { void dismiss(notice.id); }} />)}
      {notices.length > 1 && (
        <Button onClick={() => { void Promise.all(notices.map(({ id }) => dismiss(id))); }}>{t`All understood`}</Button>
      )}
    </div>
  );
}

function NoticeLine({ notice, onDismiss }: { readonly notice: Notice; readonly onDismiss: () => void }) {
  const { t } = useLingui();
  useNoticed([notice]);
  const { noticeTitle } = useRefusalWords();
  return (
    <Banner tone="warning" title={noticeTitle(notice)} actions={<Button onClick={onDismiss}>{t`Understood`}</Button>}>
      <p>
        <NoticeReason notice={notice} /> <Ago at={notice.at} />
      </p>
      {notice.detail && notice.code !== "sent_elsewhere" && <Details code={notice.detail} />}
    </Banner>
  );
}
