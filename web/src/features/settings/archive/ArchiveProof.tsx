import { Trans, useLingui } from "@lingui/react/macro";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { AccountId } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed } from "@/session";
import { Banner, Button } from "@/ui";
import { type Broken, prove, type Proof } from "./proof";

/** Proves that the archive holds what was put in, octet for octet; portion by portion, for that takes its time. */
export function ArchiveProof({ id }: { readonly id: AccountId }) {
  const { t, i18n } = useLingui();
  const [proof, setProof] = useState<Proof | null>(null);
  const deed = useDeed();
  const begin = () => void deed.run(() => prove((after) => admin.proveArchive(id, after), setProof));
  const [at, length] = [i18n.number(proof?.at ?? 0), i18n.number(proof?.length ?? 0)];
  return (
    <section className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-list text-muted">
          <Trans>Every entry is chained to the one before it, names its message's octets by their hash, and the newest is sealed: what somebody changes, swaps or takes out is found.</Trans>
        </p>
        <Button isBusy={deed.isBusy} onClick={begin}>
          <ShieldCheck size={16} aria-hidden />
          <Trans>Check the archive</Trans>
        </Button>
      </div>
      {deed.error !== null && <ErrorNote error={deed.error} />}
      {deed.isBusy && proof !== null && !proof.isEnd && (
        <div className="flex flex-col gap-1">
          <progress aria-label={t`Check`} value={proof.at} max={Math.max(proof.length, 1)} className="h-1.5 w-full max-w-xl" />
          <p className="text-list text-muted"><Trans>Up to entry {at} of {length}</Trans></p>
        </div>
      )}
      <div role="status">{proof?.isEnd && <Result proof={proof} />}</div>
    </section>
  );
}

const MOST_NAMED = 50;

function Result({ proof }: { readonly proof: Proof }) {
  const { t, i18n } = useLingui();
  const [entries, removed] = [i18n.number(proof.seen), i18n.number(proof.removed)];
  const further = i18n.number(proof.broken.length - MOST_NAMED);
  if (proof.broken.length === 0) {
    return (
      <Banner tone="success" isInLiveRegion title={t`The archive holds: nothing was changed or taken out.`}>
        <Trans>Entries checked: {entries}</Trans>
        {proof.removed > 0 && <>{" · "}<Trans>removed because their time was over: {removed}</Trans></>}
      </Banner>
    );
  }
  return (
    <Banner tone="danger" isInLiveRegion title={t`The archive does not hold: somebody has changed it past Poststelle, or its files are damaged.`}>
      <ul className="list-disc pl-5">
        {proof.broken.slice(0, MOST_NAMED).map((one) => (
          <li key={`${one.number} ${one.why}`}><Why number={one.number} why={one.why} /></li>
        ))}
        {proof.broken.length > MOST_NAMED && <li><Trans>and {further} more</Trans></li>}
      </ul>
      <p className="mt-2"><Trans>Keep a copy of the database and of the folder with the blobs, and compare them with your last backup.</Trans></p>
    </Banner>
  );
}

function Why({ number, why }: Broken) {
  switch (why) {
    case "changed":
      return <Trans>entry {number} is not as it was put in</Trans>;
    case "missing":
      return <Trans>entry {number} is missing</Trans>;
    case "octets":
      return <Trans>the message of entry {number} is not the one that was put in</Trans>;
    case "no_octets":
      return <Trans>the message of entry {number} is missing on the disk</Trans>;
    case "anchor":
      return <Trans>entry {number} is not the end that was sealed</Trans>;
    case "key":
      return <Trans>the key in use does not open the seal of entry {number}</Trans>;
  }
}
