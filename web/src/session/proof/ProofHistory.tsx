import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useLingui as useCatalog } from "@lingui/react";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { type Check, type Finding, api } from "@/api";
import { useDates } from "@/i18n";
import { withoutTurning } from "@/lib/turning";
import { LoadError } from "../ErrorNote";
import { useResource } from "../useResource";
import { differencesOf, kindWords, reasonWords, resultWords } from "./proofWords";

const SHOWN_FIRST = 10;

/** Earlier checks, folded away; one that has found something opens. */
export function ProofHistory({ accountId, checks }: { readonly accountId: string; readonly checks: readonly Check[] }) {
  const { t } = useLingui();
  const [isWhole, setIsWhole] = useState(false);
  if (checks.length === 0) return null;
  const shown = isWhole ? checks : checks.slice(0, SHOWN_FIRST);
  return (
    <details>
      <summary className="inline-flex min-h-8 touch:min-h-11 items-center rounded-sm text-muted hover:text-ink">
        <Trans>Earlier checks</Trans>
      </summary>
      <ul className="mt-1 divide-y divide-border rounded-md border border-border">
        {shown.map((check) => <Row key={check.id} accountId={accountId} check={check} />)}
      </ul>
      {shown.length < checks.length && (
        <button type="button" className="mt-1 min-h-8 touch:min-h-11 text-accent hover:underline" onClick={() => { setIsWhole(true); }}>{t`Show all`}</button>
      )}
    </details>
  );
}

function Row({ accountId, check }: { readonly accountId: string; readonly check: Check }) {
  const { i18n } = useCatalog();
  const { full, count, day } = useDates();
  const [isOpen, setIsOpen] = useState(false);
  const hasFindings = differencesOf(check) + check.unreadable + check.undecided > 0;
  const head = (
    <>
      <span className="mr-auto">{full(check.ended_at ?? check.asked_at)}, {i18n._(reasonWords[check.reason])}</span>
      <span className="text-muted">
        <Trans>{count(check.compared)} compared, {i18n._(resultWords(check))}</Trans>
        {check.unreadable > 0 && <>, <Plural value={check.unreadable} one="# not deliverable" other="# not deliverable" /></>}
        {check.history_from && <>, <Trans>from {day(check.history_from)} on</Trans></>}
        {check.folders_left > 0 && <>, <Plural value={check.folders_left} one="# folder left out" other="# folders left out" /></>}
      </span>
    </>
  );
  const look = "tabular flex flex-wrap items-center gap-x-4 px-3 py-2 text-left";
  if (!hasFindings) return <li className={look}>{head}</li>;
  return (
    <li>
      <details className="group/check" onToggle={(event) => { setIsOpen(event.currentTarget.open); }}>
        <summary className={`${look} hover:bg-hover`}>
          <span className="sr-only"><Trans>What was found</Trans></span>
          {head}
          <ChevronRight size={16} aria-hidden className="text-muted transition-transform group-open/check:rotate-90" />
        </summary>
        {isOpen && <Findings accountId={accountId} check={check.id} />}
      </details>
    </li>
  );
}

function Findings({ accountId, check }: { readonly accountId: string; readonly check: string }) {
  const { resource, reload } = useResource(check, () => api.findings(accountId, check));
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  if (resource.status === "loading") return <p className="px-3 pb-2 text-muted"><Trans>Being looked up …</Trans></p>;
  if (resource.data.length === 0) {
    return <p className="px-3 pb-2 text-muted"><Trans>The single messages of a check that long ago are no longer kept.</Trans></p>;
  }
  return <ul className="px-3 pb-2">{resource.data.map((finding, number) => <Line key={number} finding={finding} />)}</ul>;
}

function Subject({ finding }: { readonly finding: Finding }) {
  if (finding.subject) return withoutTurning(finding.subject);
  if (!finding.folder) return <Plural value={finding.number} one="# message" other="# messages" />;
  return <Plural value={finding.number} one="# message without readable content" other="# messages without readable content" />;
}

function Line({ finding }: { readonly finding: Finding }) {
  const { i18n } = useCatalog();
  const what = i18n._(kindWords[finding.kind]);
  return (
    <li className="py-1">
      <span className="break-words"><Subject finding={finding} /></span>
      <span className="text-muted">{finding.folder && ` (${finding.folder})`}: {what}{finding.is_repaired && <>, <Trans>repaired</Trans></>}</span>
    </li>
  );
}
