import { Trans, useLingui } from "@lingui/react/macro";
import { CircleAlert, CircleCheck, CircleDashed } from "lucide-react";
import type { ReactNode } from "react";
import type { Proof, Tried } from "@/api/setup";
import { useDates } from "@/i18n";
import { Banner, type BannerTone, cx } from "@/ui";
import { Commands } from "./CopyField";

/** What a proof has shown, of each mailbox, and when. `narrow`: what takes too wide permissions away. */
export function ProofResult({ proof, narrow }: { readonly proof: Proof; readonly narrow: string | null }) {
  const { t } = useLingui();
  const dates = useDates();
  const when = dates.full(proof.at);
  const { by } = proof;
  return (
    <section aria-label={t`Result of the proof`} className="flex flex-col gap-3">
      <Verdict proof={proof} />
      <ul className="flex flex-col gap-1">
        {proof.opened.map((one) => <Line key={one.address} tried={one} isMeantOpen />)}
        <Line tried={proof.control} isMeantOpen={false} />
      </ul>
      <p className="text-list text-muted">
        {by ? <Trans>{when}, started by {by}.</Trans> : <Trans>{when}, repeated by itself.</Trans>}{" "}
        {proof.verdict === "proven" ? <Trans>It is repeated every day.</Trans> : <Trans>It is repeated every quarter of an hour.</Trans>}
      </p>
      {proof.verdict === "too_wide" && narrow && <Commands label={t`Take the permissions away`} text={narrow} />}
    </section>
  );
}

function Verdict({ proof }: { readonly proof: Proof }) {
  const { address } = proof.control;
  const says: Readonly<Record<Proof["verdict"], readonly [tone: BannerTone, title: ReactNode, text: ReactNode]>> = {
    proven: [
      "success",
      <Trans key="t">Proven: only what was given</Trans>,
      <Trans key="x">Poststelle opens the chosen mailboxes, and Microsoft refused it the control mailbox {address}.</Trans>,
    ],
    too_wide: [
      "danger",
      <Trans key="t">Poststelle can open mailboxes that it was not given</Trans>,
      <Trans key="x">The control mailbox {address} opened. As a rule application permissions are granted in Entra: they open every mailbox, and a rule of Exchange does not narrow them. Take them away with the last of the commands, then prove it again.</Trans>,
    ],
    not_open: [
      "warning",
      <Trans key="t">A chosen mailbox does not open yet</Trans>,
      <Trans key="x">The control mailbox stayed shut. New rules of Exchange take half an hour to two hours; if it stays so, ask Exchange what holds with the third of the commands.</Trans>,
    ],
    unproven: [
      "warning",
      <Trans key="t">This proves nothing yet</Trans>,
      <Trans key="x">Microsoft gave no answer that tells, or the control mailbox {address} does not exist. Choose one that does.</Trans>,
    ],
  };
  const [tone, title, text] = says[proof.verdict];
  return <Banner tone={tone} title={title}>{text}</Banner>;
}

function Line({ tried, isMeantOpen }: { readonly tried: Tried; readonly isMeantOpen: boolean }) {
  const { result, address } = tried;
  const isRight = result === (isMeantOpen ? "open" : "shut");
  const Mark = isRight ? CircleCheck : result === "unknown" ? CircleDashed : CircleAlert;
  const words: Readonly<Record<Tried["result"], ReactNode>> = {
    open: <Trans>opens</Trans>,
    shut: <Trans>Microsoft refuses it</Trans>,
    no_mailbox: <Trans>there is no such mailbox</Trans>,
    unknown: <Trans>no clear answer</Trans>,
  };
  return (
    <li className="flex gap-2.5">
      <Mark size={18} aria-hidden className={cx("mt-px shrink-0", isRight ? "text-success" : result === "unknown" ? "text-muted" : "text-danger")} />
      <span className="min-w-0">
        <span className="break-all">{address}</span>
        {!isMeantOpen && <span className="text-muted"> (<Trans>control mailbox</Trans>)</span>}: {words[result]}
      </span>
    </li>
  );
}
