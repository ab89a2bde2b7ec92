import { Plural, Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { AccountRow } from "@/api";
import { Ago, useDates } from "@/i18n";
import { isAboutApp, signInReason } from "@/session";
import { Details, StateDot } from "@/ui";
import { Group } from "./Page";
import { arrivalWords, notifyProblemWords, rowState, syncWords } from "./words";

/** Connection and synchronisation in words, with the next step where one is needed. */
export function MailboxState({ row, isMine }: { readonly row: AccountRow; readonly isMine: boolean }) {
  const dates = useDates();
  const state = rowState(row);
  return (
    <Group title={<Trans>Connection</Trans>}>
      <dl className="grid gap-x-6 gap-y-3 phone:grid-cols-[180px_1fr]">
        <Fact name={<Trans>State</Trans>}>
          <StateDot tone={state.tone} className="font-medium">
            {state.words}
          </StateDot>
          {row.state === "sign_in_needed" && <p className="mt-1 max-w-xl">{signInReason(row.state_reason).what}</p>}
          <NextStep row={row} isMine={isMine} />
          {row.state_reason && <Details code={row.state_reason} />}
        </Fact>
        <Fact name={<Trans>Last synchronised</Trans>}>
          {row.last_synced_at ? <Ago at={row.last_synced_at} /> : <Trans>never</Trans>}
        </Fact>
        {row.state === "connected" && row.is_active && <Arrival row={row} />}
        <Fact name={<Trans>Messages</Trans>}>
          <span className="tabular">{syncWords(row.sync, dates.count, dates.clock)}</span>
          <WhyFailed row={row} />
          {row.sync.problem && row.sync.problem_detail && <Details code={row.sync.problem_detail} />}
          <Progress row={row} />
        </Fact>
        {row.sync.pending > 0 && (
          <Fact name={<Trans>Waiting for Microsoft</Trans>}>
            <span className="tabular">
              <Plural value={row.sync.pending} one="# change" other="# changes" />
            </span>
          </Fact>
        )}
      </dl>
    </Group>
  );
}

function Fact({ name, children }: { readonly name: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-muted">{name}</dt>
      <dd className="-mt-2 min-w-0 break-words phone:mt-0">{children}</dd>
    </div>
  );
}

function NextStep({ row, isMine }: { readonly row: AccountRow; readonly isMine: boolean }) {
  if (row.state === "connected") return null;
  return (
    <p className="mt-1 max-w-xl text-muted">
      {row.users.length === 0 ? (
        <Trans>Assign at least one user first. That person then opens the mailbox and signs in at Microsoft.</Trans>
      ) : isMine ? (
        <Trans>Open the mailbox to sign in at Microsoft, or ask one of the assigned users to do it.</Trans>
      ) : (
        <Trans>One of the assigned users opens the mailbox in the mail module and signs in at Microsoft.</Trans>
      )}
    </p>
  );
}

function Arrival({ row }: { readonly row: AccountRow }) {
  const { sync } = row;
  const words = arrivalWords(row);
  const why = notifyProblemWords(sync.notify_problem);
  if (!words) return null;
  return (
    <Fact name={<Trans>Changes elsewhere</Trans>}>
      {words}
      {why && <p className="mt-1 max-w-xl text-muted">{why}</p>}
      {sync.notify_problem && sync.notify_problem !== "not_offered" && <Details code={sync.notify_problem} />}
    </Fact>
  );
}

function Progress({ row }: { readonly row: AccountRow }) {
  const { phase, held, expected } = row.sync;
  if (phase !== "first" || expected <= 0) return null;
  return <progress value={Math.min(held, expected)} max={expected} className="mt-1.5 block h-1.5 w-full max-w-80" />;
}

/** A trouble of Poststelle's own registration is said in words: waiting would not heal it. */
function WhyFailed({ row }: { readonly row: AccountRow }) {
  const { problem, problem_detail } = row.sync;
  if (problem !== "failed" || !isAboutApp(problem_detail)) return null;
  const { what, remedy } = signInReason(problem_detail);
  return (
    <p className="mt-1 max-w-xl">
      {what} {remedy}
    </p>
  );
}
