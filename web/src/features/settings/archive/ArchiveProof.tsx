import { Trans, useLingui } from "@lingui/react/macro";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import type { Archive, ArchiveFault } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, useDeed } from "@/session";
import { Banner, Button } from "@/ui";
import { prove, type Proof } from "./proof";

/** Proves that the archive holds what was put in, octet for octet; portion by portion, for that takes its time. */
export function ArchiveProof({ archive }: { readonly archive: Archive }) {
  const { t, i18n } = useLingui();
  const [proof, setProof] = useState<Proof | null>(null);
  const deed = useDeed();
  const begin = () => void deed.run(() => prove((after) => admin.proveArchive(archive.account, after), setProof));
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
      <LastProof archive={archive} isShort={proof?.isEnd === true && proof.broken.length > 0} />
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
      <Faults faults={proof.broken} />
    </Banner>
  );
}

/** What the proof of the last night has found, and what is seen at a glance; `isShort`: it stands below already. */
function LastProof({ archive, isShort }: { readonly archive: Archive; readonly isShort: boolean }) {
  const { t } = useLingui();
  const dates = useDates();
  const entries = dates.count(archive.proven_entries);
  const day = archive.proven_at === null ? "" : dates.full(archive.proven_at);
  return (
    <>
      {archive.state !== "gone" && (
        <p className="text-list text-muted">
          {archive.proven_at === null ? <Trans>Not checked so far; that happens each night.</Trans> : <Trans>Last checked by itself: {day}, {entries} entries</Trans>}
        </p>
      )}
      {archive.broken.length > 0 && !isShort && (
        <Banner
          tone="danger"
          title={archive.state === "gone" ? t`The archive is missing, and nobody here has deleted it.` : t`The archive does not hold: somebody has changed it past Poststelle, or its files are damaged.`}
        >
          <Faults faults={archive.broken} />
        </Banner>
      )}
    </>
  );
}

function Faults({ faults }: { readonly faults: readonly ArchiveFault[] }) {
  const { i18n } = useLingui();
  const further = i18n.number(faults.length - MOST_NAMED);
  return (
    <>
      <ul className="list-disc pl-5">
        {faults.slice(0, MOST_NAMED).map((one) => (
          <li key={`${one.number} ${one.why}`}><Why number={one.number} why={one.why} /></li>
        ))}
        {faults.length > MOST_NAMED && <li><Trans>and {further} more</Trans></li>}
      </ul>
      <p className="mt-2"><Trans>Keep a copy of the database and of the folder with the blobs, and compare them with your last backup.</Trans></p>
    </>
  );
}

function Why({ number, why }: ArchiveFault) {
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
    case "put_back":
      return <Trans>it ends with entry {number} and had come further: somebody has put it back to an earlier state</Trans>;
    case "turned_off":
      return <Trans>nothing is put in any more, and nobody here has turned it off</Trans>;
    case "gone":
      return <Trans>there must be an archive of this mailbox, and none of its entries is here</Trans>;
    case "key":
      return <Trans>the key in use does not open the seal of entry {number}</Trans>;
    case "unreadable":
      return <Trans>somebody has written to what the nightly check notes of how far it is</Trans>;
  }
}
