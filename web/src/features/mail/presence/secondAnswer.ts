/** Which answers of others a person who writes one should know of. Pure. */
import type { Answer, EmailId } from "@/jmap";

/** How an answer is known again: the mark `$answered` is one of its own until the answer itself is here. */
export const keyOf = ({ emailId }: Pick<Answer, "emailId">): string => emailId ?? MARK;
const MARK = "mark";

/** What there was when the letter was begun. */
export interface Baseline {
  readonly known: ReadonlySet<string>;
  readonly begunAt: Date;
}

/** `earlier` were there when the letter was begun, `meanwhile` came since; the latest first. */
export interface Sorted {
  readonly earlier: readonly Answer[];
  readonly meanwhile: readonly Answer[];
}

/** The letter's own draft is no answer of somebody else, whether it waits to be sent or failed to be. */
export function sorted(answers: readonly Answer[], draft: EmailId | null, { known, begunAt }: Baseline): Sorted {
  const others = answers.filter(({ emailId }) => emailId === null || emailId !== draft);
  const wasThere = (answer: Answer): boolean => known.has(keyOf(answer)) || (known.has(MARK) && answer.at !== null && new Date(answer.at) < begunAt);
  return { earlier: others.filter(wasThere), meanwhile: others.filter((answer) => !wasThere(answer)) };
}

/** A letter that was put away and is opened again knows of none: whatever was answered since is news to its writer. */
export function baselineOf(answers: readonly Answer[], isResumed: boolean, begunAt: Date): Baseline {
  return { known: new Set(isResumed ? [] : answers.map(keyOf)), begunAt };
}
