import { Trans } from "@lingui/react/macro";
import type { SetupTest } from "@/api/setup";
import { useDates } from "@/i18n";
import { FindingLine } from "./Step";

/** Every finding of a test, in the order of the steps. */
export function TestResult({ test }: { readonly test: SetupTest }) {
  const dates = useDates();
  const isAllRight = test.findings.every((one) => one.outcome === "good" || one.outcome === "skipped");
  const isWrong = test.findings.some((one) => one.outcome === "wrong");
  return (
    <div role="status" className="flex flex-col gap-3">
      <p className="font-semibold">
        {isAllRight ? (
          <Trans>All that can be tested without a person is right.</Trans>
        ) : isWrong ? (
          <Trans>Something is wrong. It also stands at the step where it is mended.</Trans>
        ) : (
          <Trans>Nothing is wrong so far.</Trans>
        )}{" "}
        <span className="tabular font-normal text-muted">{dates.clock(test.at)}</span>
      </p>
      <ul className="flex flex-col gap-2">
        {test.findings.map((one) => (
          <FindingLine key={one.step} finding={one} />
        ))}
      </ul>
      {!isWrong && (
        <p className="max-w-2xl text-list text-muted">
          <Trans>Whether people may consent to the permissions, only a sign-in shows: import a mailbox and sign in for it. If an administrator must approve first, the page says so and goes on by itself.</Trans>
        </p>
      )}
    </div>
  );
}
