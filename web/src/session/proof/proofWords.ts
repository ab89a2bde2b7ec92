import { msg, plural } from "@lingui/core/macro";
import type { MessageDescriptor } from "@lingui/core";
import type { Check, Finding, Proof } from "@/api";
import type { StateTone } from "@/ui";

export interface ProofWords {
  readonly tone: StateTone;
  readonly text: MessageDescriptor;
}

interface Style {
  readonly clock: (instant: string) => string;
  readonly count: (value: number) => string;
}

/** How complete the mailbox is, in one sentence with its numbers. */
export function proofWords({ as_of, counters }: Pick<Proof, "as_of" | "counters">, { clock, count }: Style): ProofWords {
  if (!as_of) return { tone: "waiting", text: msg`Not read to its end yet` };
  const [time, held, expected] = [clock(as_of), count(counters.held), count(Math.max(counters.expected, 0))];
  if (counters.folders_left > 0) {
    return {
      tone: "waiting",
      text: msg`As of ${time}: ${held} of ${expected}, ${plural(counters.folders_left, { one: "# folder is still being read", other: "# folders are still being read" })}`,
    };
  }
  if (counters.differences > 0) {
    return {
      tone: "attention",
      text: msg`As of ${time}: ${held} of ${expected}, ${plural(counters.differences, { one: "# difference", other: "# differences" })}`,
    };
  }
  return { tone: "good", text: msg`Complete as of ${time}: ${held} of ${expected}, 0 differences` };
}

export function differencesOf(check: Check): number {
  return check.missing + check.extra + check.misplaced + check.flags;
}

/** What an ended check has found, in a few words. */
export function resultWords(check: Check): MessageDescriptor {
  const found = differencesOf(check);
  if (found === 0) return msg`0 differences`;
  if (check.repaired >= found) return msg`${plural(found, { one: "# difference, repaired", other: "# differences, all repaired" })}`;
  return msg`${plural(found, { one: "# difference", other: "# differences" })}, ${check.repaired} repaired`;
}

export const reasonWords: Readonly<Record<Check["reason"], MessageDescriptor>> = {
  asked: msg`asked for`,
  nightly: msg`nightly`,
  counters: msg`because counters differed`,
};

export const kindWords: Readonly<Record<Finding["kind"], MessageDescriptor>> = {
  missing: msg`was missing here`,
  extra: msg`was no longer at Microsoft`,
  misplaced: msg`was in another folder`,
  flags: msg`had other marks`,
  unreadable: msg`Microsoft cannot deliver it`,
  undecided: msg`changed while we were asking`,
};
