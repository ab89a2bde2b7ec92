import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { type AccountRow, type AuditProof as Proof, type TrailFault, type TrailState } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Banner, Button } from "@/ui";

const LOOK_EVERY_MS = 30_000;
const MOST_NAMED = 50;

/** Proves that each entry is as it was added, and that none is missing. */
export function AuditProof({ mailboxes }: { readonly mailboxes: readonly AccountRow[] }) {
  const [proof, setProof] = useState<Proof | null>(null);
  const { resource, reload } = useResource("audit-state", admin.auditState, LOOK_EVERY_MS);
  const deed = useDeed();
  const prove = () => void deed.run(async () => {
    setProof(await admin.proveAudit());
    void reload();
  });
  return (
    <section className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-list text-muted">
          <Trans>Every entry is chained to the one before it, and the newest is sealed: what somebody changes or takes out later is found.</Trans>
        </p>
        <Button isBusy={deed.isBusy} onClick={prove}>
          <ShieldCheck size={16} aria-hidden />
          <Trans>Check the trail</Trans>
        </Button>
      </div>
      {deed.error !== null && <ErrorNote error={deed.error} />}
      {resource.status === "ready" && <LastProof state={resource.data} mailboxes={mailboxes} isShort={proof !== null && proof.broken.length > 0} />}
      <div role="status">{proof && <Result proof={proof} mailboxes={mailboxes} />}</div>
    </section>
  );
}

function Result({ proof, mailboxes }: { readonly proof: Proof; readonly mailboxes: readonly AccountRow[] }) {
  const { t, i18n } = useLingui();
  const entries = i18n.number(proof.entries);
  if (proof.broken.length === 0) {
    return (
      <Banner tone="success" isInLiveRegion title={t`The trail holds: nothing was changed or taken out.`}>
        <Trans>Entries checked: {entries}</Trans>
        <Gone proof={proof} />
      </Banner>
    );
  }
  return (
    <Banner tone="danger" isInLiveRegion title={t`The trail does not hold: somebody has changed it past Poststelle.`}>
      <Faults faults={proof.broken} mailboxes={mailboxes} />
    </Banner>
  );
}

interface LastProofProps {
  readonly state: TrailState;
  readonly mailboxes: readonly AccountRow[];
  /** What is wrong stands below already. */
  readonly isShort: boolean;
}

/** What the proof of the last night has found, and whether new entries are sealed. */
function LastProof({ state, mailboxes, isShort }: LastProofProps) {
  const { t } = useLingui();
  const dates = useDates();
  const entries = dates.count(state.entries);
  const day = state.proven_at === null ? "" : dates.full(state.proven_at);
  return (
    <div className="flex flex-col gap-3">
      <p className="text-list text-muted">
        {state.proven_at === null ? <Trans>Not all of it has been checked so far; that happens each night.</Trans> : <Trans>Last checked by itself: {day}, {entries} entries</Trans>}
      </p>
      {state.sealing !== null && <Sealing state={state} />}
      {state.broken.length > 0 && !isShort && (
        <Banner tone="danger" title={t`The trail does not hold: somebody has changed it past Poststelle.`}>
          <Faults faults={state.broken} mailboxes={mailboxes} />
        </Banner>
      )}
    </div>
  );
}

function Sealing({ state }: { readonly state: TrailState }) {
  const { t } = useLingui();
  const dates = useDates();
  const [count, since] = [dates.count(state.unsealed), state.unsealed_since === null ? "" : dates.full(state.unsealed_since)];
  return (
    <Banner tone="danger" title={t`New entries are not being sealed.`}>
      {state.sealing === "note" && <p><Trans>What is sealed of all chains can't be opened with the key in use, or was taken away.</Trans></p>}
      {state.unsealed > 0 && <p><Plural value={state.unsealed} one={`One entry has waited since ${since}: nothing proves it.`} other={`${count} entries have waited since ${since}: nothing proves them.`} /></p>}
      <p><Trans>Look at whether the key is the right one, and at the log of the server.</Trans></p>
    </Banner>
  );
}

function Faults({ faults, mailboxes }: { readonly faults: readonly TrailFault[]; readonly mailboxes: readonly AccountRow[] }) {
  const { i18n } = useLingui();
  const further = i18n.number(faults.length - MOST_NAMED);
  return (
    <>
      <ul className="list-disc pl-5">
        {faults.slice(0, MOST_NAMED).map((one) => (
          <li key={`${one.account ?? ""} ${one.number} ${one.why}`}>
            {mailboxes.find((row) => row.id === one.account)?.address ?? one.account ?? <Trans>People and settings</Trans>}:{" "}
            <Why number={one.number} why={one.why} />
          </li>
        ))}
        {faults.length > MOST_NAMED && <li><Trans>and {further} more</Trans></li>}
      </ul>
      <p className="mt-2">
        <Trans>Keep a copy of the database and compare it with your last backup.</Trans>
      </p>
    </>
  );
}

function Gone({ proof }: { readonly proof: Proof }) {
  const { i18n } = useLingui();
  const removed = i18n.number(proof.removed);
  const erased = i18n.number(proof.erased);
  const since = proof.since && i18n.date(new Date(proof.since), { dateStyle: "medium", timeStyle: "short" });
  return (
    <>
      {since && (
        <span>
          {" · "}
          <Trans>sealed since {since}</Trans>
        </span>
      )}
      {proof.removed > 0 && (
        <span>
          {" · "}
          <Trans>removed because their time was over: {removed}</Trans>
        </span>
      )}
      {proof.erased > 0 && (
        <span>
          {" · "}
          <Trans>names erased: {erased}</Trans>
        </span>
      )}
    </>
  );
}

function Why({ number, why }: { readonly number: number; readonly why: TrailFault["why"] }) {
  switch (why) {
    case "changed":
      return <Trans>entry {number} is not as it was added</Trans>;
    case "missing":
      return <Trans>entry {number} is missing</Trans>;
    case "erased":
      return <Trans>what entry {number} said was erased, and nobody has noted that</Trans>;
    case "messages":
      return <Trans>entry {number} is found by other messages than it names</Trans>;
    case "put_back":
      return <Trans>it ends with entry {number} and was sealed further: somebody has put it back to an earlier state</Trans>;
    case "anchor":
      return <Trans>entry {number} is not the one that was sealed</Trans>;
    case "key":
      return <Trans>the key in use does not open the seal of entry {number}</Trans>;
    case "unreadable":
      return <Trans>somebody has written to what the nightly check notes of how far it is</Trans>;
  }
}
