import { Trans, useLingui } from "@lingui/react/macro";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { type AccountRow, type AuditProof as Proof } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed } from "@/session";
import { Banner, Button } from "@/ui";

/** Proves that each entry is as it was added, and that none is missing. */
export function AuditProof({ mailboxes }: { readonly mailboxes: readonly AccountRow[] }) {
  const [proof, setProof] = useState<Proof | null>(null);
  const deed = useDeed();
  const prove = () => void deed.run(async () => setProof(await admin.proveAudit()));
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
      <ul className="list-disc pl-5">
        {proof.broken.map((one) => (
          <li key={`${one.account ?? ""} ${one.number} ${one.why}`}>
            {mailboxes.find((row) => row.id === one.account)?.address ?? one.account ?? <Trans>People and settings</Trans>}:{" "}
            <Why number={one.number} why={one.why} />
          </li>
        ))}
      </ul>
      <p className="mt-2">
        <Trans>Keep a copy of the database and compare it with your last backup.</Trans>
      </p>
    </Banner>
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

function Why({ number, why }: { readonly number: number; readonly why: Proof["broken"][number]["why"] }) {
  switch (why) {
    case "changed":
      return <Trans>entry {number} is not as it was added</Trans>;
    case "missing":
      return <Trans>entry {number} is missing</Trans>;
    case "erased":
      return <Trans>what entry {number} said was erased, and nobody has noted that</Trans>;
    case "anchor":
      return <Trans>entry {number} is not the one that was sealed</Trans>;
    case "key":
      return <Trans>the key in use does not open the seal of entry {number}</Trans>;
  }
}
