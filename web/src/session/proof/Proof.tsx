import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useLingui as useCatalog } from "@lingui/react";
import { ShieldCheck } from "lucide-react";
import type { Check, Proof as Facts } from "@/api";
import { api } from "@/api";
import { Ago, useDates } from "@/i18n";
import { Button, Details, StateDot } from "@/ui";
import { ErrorNote } from "../ErrorNote";
import { useDeed } from "../useDeed";
import { useResource } from "../useResource";
import { ProofHistory } from "./ProofHistory";
import { proofWords, resultWords } from "./proofWords";

const LOOK_MS = 2000;

/** Is everything here that Microsoft holds: the sentence, the check under way or the button for one, and earlier checks. */
export function Proof({ accountId, isConnected }: { readonly accountId: string; readonly isConnected: boolean }) {
  const { resource, reload } = useResource(`proof ${accountId}`, () => api.proof(accountId), LOOK_MS);
  if (resource.status === "failed") return <ErrorNote error={resource.error} />;
  if (resource.status === "loading") return <p className="min-h-6 text-list text-muted"><Trans>Being looked up …</Trans></p>;
  return <Known accountId={accountId} proof={resource.data} isConnected={isConnected} reload={reload} />;
}

interface KnownProps {
  readonly accountId: string;
  readonly proof: Facts;
  readonly isConnected: boolean;
  readonly reload: () => Promise<void>;
}

function Known({ accountId, proof, isConnected, reload }: KnownProps) {
  const { t } = useLingui();
  const { i18n } = useCatalog();
  const dates = useDates();
  const deed = useDeed();
  const { tone, text } = proofWords(proof, dates);
  const start = () => void deed.run(async () => { await api.startCheck(accountId); await reload(); });
  return (
    <div className="flex flex-col gap-2 text-list">
      <StateDot tone={tone} className="tabular">{i18n._(text)}</StateDot>
      {proof.history_from && <Since begins={proof.history_from} />}
      {proof.under_way ? <UnderWay check={proof.under_way} expected={proof.counters.expected} /> : <Last check={proof.checks[0]} />}
      {deed.error !== null && <ErrorNote error={deed.error} />}
      {proof.may_check && isConnected && !proof.under_way && (
        <div>
          <Button icon={<ShieldCheck size={16} aria-hidden />} isBusy={deed.isBusy} onClick={start}>{t`Check now`}</Button>
        </div>
      )}
      <ProofHistory accountId={accountId} checks={proof.checks} />
    </div>
  );
}

/** Both sides are meant from the same day on. */
function Since({ begins }: { readonly begins: string }) {
  const day = useDates().day(begins);
  return <p className="text-muted"><Trans>This means mail received from {day} on: older mail is only at Microsoft.</Trans></p>;
}

function UnderWay({ check, expected }: { readonly check: Check; readonly expected: number }) {
  const { t } = useLingui();
  const { count } = useDates();
  const all = Math.max(expected, check.compared);
  const [compared, total] = [count(check.compared), count(all)];
  return (
    <div role="status">
      <p className="tabular text-muted">
        {check.state === "waiting" ? <Trans>The check is about to begin.</Trans> : <Trans>Being checked: {compared} of {total} messages compared.</Trans>}
      </p>
      <progress aria-label={t`Progress of the check`} value={check.compared} max={Math.max(all, 1)} className="mt-1.5 block h-1.5 w-full max-w-80" />
      {check.problem && (
        <>
          <p className="mt-1 text-warning"><Trans>Microsoft does not answer just now. The check goes on by itself.</Trans></p>
          <Details code={check.problem} />
        </>
      )}
    </div>
  );
}

function Last({ check }: { readonly check: Check | undefined }) {
  const { i18n } = useCatalog();
  const { count } = useDates();
  if (!check?.ended_at) {
    return <p className="text-muted"><Trans>Not yet compared message by message; that happens every night.</Trans></p>;
  }
  const compared = count(check.compared);
  return (
    <p className="tabular text-muted">
      <Trans>Compared message by message <Ago at={check.ended_at} />: {compared} messages, {i18n._(resultWords(check))}.</Trans>
      {check.unreadable > 0 && (
        <>
          {" "}
          <Plural value={check.unreadable} one="Microsoft cannot deliver # message." other="Microsoft cannot deliver # messages." />
        </>
      )}
    </p>
  );
}
