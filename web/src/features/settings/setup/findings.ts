import { t } from "@lingui/core/macro";
import type { Finding, SetupStep, SetupTest } from "@/api/setup";
import { signInReason } from "@/session/signInReasons";

/** Where a step of the guide stands. */
export type StepState = "open" | "done" | "wrong";

/** What a test says of some steps; `otherwise` where it has not been run. One wrong one makes it wrong. */
export function stateOf(test: SetupTest | null, steps: readonly SetupStep[], otherwise: StepState = "open"): StepState {
  const found = test?.findings.filter((one) => steps.includes(one.step)) ?? [];
  if (found.some((one) => one.outcome === "wrong")) return "wrong";
  const told = found.filter((one) => one.outcome !== "skipped");
  return told.length > 0 && told.every((one) => one.outcome === "good") ? "done" : otherwise;
}

export interface FindingWords {
  readonly what: string;
  readonly remedy: string;
}

const good: Readonly<Record<SetupStep, () => string>> = {
  entered: () => t`Client ID and secret or certificate are entered.`,
  organisation: () => t`Microsoft knows the organisation that may sign in.`,
  redirect: () => t`The first redirect address is registered.`,
  approved_redirect: () => t`The second redirect address is registered.`,
  credential: () => t`Microsoft accepts the secret or certificate.`,
  application: () => t`The organisation has let Poststelle in.`,
};

/** What a test has found of one step, in words, with what to do; null where there is nothing to say. */
export function findingWords({ step, outcome, code }: Finding): FindingWords | null {
  if (outcome === "skipped") return null;
  if (outcome === "good") return { what: good[step](), remedy: "" };
  const own = ownWords(step, code);
  if (own) return own;
  const { what, remedy } = signInReason(code);
  if (what !== signInReason(null).what) return { what, remedy };
  return { what: t`Microsoft refuses this step.`, remedy: t`The number below “Details” says why: look it up at Microsoft, or pass it on to whoever helps you.` };
}

function ownWords(step: SetupStep, code: string | null): FindingWords | null {
  switch (code) {
    case "app_missing":
      return { what: t`Client ID or secret is not entered yet.`, remedy: t`Enter both in step 4 and save them.` };
    case "expired":
      return { what: t`By the date entered here, the secret or certificate has ended.`, remedy: t`Make a new one in step 3 and enter it in step 4.` };
    case "unreachable":
      return { what: t`Microsoft could not be reached, or gave no clear answer.`, remedy: t`Test again in a minute. If it stays so, look whether this server may open connections to login.microsoftonline.com.` };
    case "no_organisation":
      return { what: t`The secret or certificate could not be tried yet.`, remedy: t`Microsoft judges it only for a certain organisation: enter yours in step 6, or sign in for a first mailbox.` };
    case "AADSTS50011":
    case "AADSTS500113":
      return step === "redirect"
        ? { what: t`The first redirect address is missing at Microsoft, or differs in a letter.`, remedy: t`Copy it from step 1 into the registration, below Authentication, platform “Web”.` }
        : { what: t`The second redirect address is missing at Microsoft, or differs in a letter.`, remedy: t`Add it below Authentication, platform “Web”. Without it an administrator's approval ends on an error page.` };
    case "AADSTS7000229":
      return step === "application"
        ? { what: t`The organisation has not let Poststelle in yet.`, remedy: t`Hand the approval link of step 6 to its administrator.` }
        : { what: t`The secret or certificate could not be tried yet.`, remedy: t`It can be, as soon as the organisation has let Poststelle in (step 6).` };
    case "AADSTS700016":
      return { what: t`Microsoft does not know this client ID.`, remedy: t`Copy the “Application (client) ID” from the overview of the registration, and see that “Who may sign in” fits it.` };
    default:
      return step === "organisation"
        ? { what: t`Microsoft knows no such organisation.`, remedy: t`Check “Who may sign in” in step 4: the tenant's ID or one of its domains.` }
        : null;
  }
}
