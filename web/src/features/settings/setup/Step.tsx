import { useLingui } from "@lingui/react/macro";
import { CircleAlert, CircleCheck, CircleDashed } from "lucide-react";
import type { ReactNode } from "react";
import type { Finding, SetupStep, SetupTest } from "@/api/setup";
import { cx, Details } from "@/ui";
import { findingWords, type StepState } from "./findings";

export interface StepProps {
  readonly number: number;
  readonly title: ReactNode;
  readonly state?: StepState;
  readonly children: ReactNode;
}

/** One step of the guide, with its number, and at the right what a test has shown. */
export function Step({ number, title, state = "open", children }: StepProps) {
  const { t } = useLingui();
  const words = { open: "", done: t`done`, wrong: t`something is wrong here` }[state];
  return (
    <li className="rounded-md border border-border">
      <header className="flex items-center gap-3 border-b border-border px-5 py-3">
        <span
          aria-hidden
          className={cx(
            "tabular flex size-6 shrink-0 items-center justify-center rounded-full text-list font-semibold",
            state === "done" ? "bg-success-surface text-success" : state === "wrong" ? "bg-danger-surface text-danger" : "bg-sunken text-muted",
          )}
        >
          {number}
        </span>
        <h2 className="grow text-reading font-semibold">
          {title}
          {words && <span className="sr-only"> ({words})</span>}
        </h2>
        {state === "done" && <CircleCheck size={18} aria-hidden className="shrink-0 text-success" />}
        {state === "wrong" && <CircleAlert size={18} aria-hidden className="shrink-0 text-danger" />}
      </header>
      <div className="flex flex-col gap-4 px-5 py-4">{children}</div>
    </li>
  );
}

/** What a test has found wrong, or could not tell, of these steps: beside where it is mended. */
export function Findings({ test, steps }: { readonly test: SetupTest | null; readonly steps: readonly SetupStep[] }) {
  const found = test?.findings.filter((one) => steps.includes(one.step) && one.outcome === "wrong") ?? [];
  if (found.length === 0) return null;
  return (
    <ul className="flex flex-col gap-2">
      {found.map((one) => (
        <FindingLine key={one.step} finding={one} />
      ))}
    </ul>
  );
}

const marks = { good: CircleCheck, wrong: CircleAlert, unknown: CircleDashed, skipped: CircleDashed };
const colours = { good: "text-success", wrong: "text-danger", unknown: "text-muted", skipped: "text-muted" };

/** One finding: what it is, what to do, and Microsoft's number below “Details”. */
export function FindingLine({ finding }: { readonly finding: Finding }) {
  const words = findingWords(finding);
  if (words === null) return null;
  const Mark = marks[finding.outcome];
  return (
    <li className="flex gap-2.5">
      <Mark size={18} aria-hidden className={cx("mt-px shrink-0", colours[finding.outcome])} />
      <div className="min-w-0">
        <p className={cx(finding.outcome === "wrong" && "font-semibold text-danger")}>{words.what}</p>
        {words.remedy && <p className="text-list text-muted">{words.remedy}</p>}
        {finding.code?.startsWith("AADSTS") && <Details code={finding.code} />}
      </div>
    </li>
  );
}
