/** What is said of colleagues at a message, and of its answers. */
import { plural, t } from "@lingui/core/macro";
import type { Answer, Presence } from "@/jmap";

type People = readonly Pick<Presence, "name">[];

/** "Thomas is looking at this". */
export function readingWords(people: People): string {
  const [first, second] = people;
  if (!first) return "";
  const { name } = first;
  if (!second) return t`${name} is looking at this`;
  if (people.length === 2) return t`${name} and ${second.name} are looking at this`;
  return plural(people.length - 1, { one: `${name} and # other are looking at this`, other: `${name} and # others are looking at this` });
}

/** "Anna is writing an answer". */
export function answeringWords(people: People): string {
  const [first, second] = people;
  if (!first) return "";
  const { name } = first;
  if (!second) return t`${name} is writing an answer`;
  if (people.length === 2) return t`${name} and ${second.name} are writing answers`;
  return plural(people.length - 1, { one: `${name} and # other are writing answers`, other: `${name} and # others are writing answers` });
}

/** How a moment is said: the time of day today, else the whole date. */
export interface Clock {
  readonly clock: (at: Date) => string;
  readonly full: (at: Date) => string;
  readonly now: Date;
}

/** "Anna Berger has answered this at 14:05". `noticedAt` stands for a moment that nobody tells. */
export function answeredWords(answer: Answer, noticedAt: Date | null, { clock, full, now }: Clock): string {
  const { name, isMine, isSent } = answer;
  const at = answer.at === null ? noticedAt : new Date(answer.at);
  if (at && !isSent && at.getTime() - now.getTime() > LATER_MS) return waitingWords(answer, full(at));
  if (!at) return t`This has been answered already`;
  const when = at.toDateString() === now.toDateString() ? t`at ${clock(at)}` : t({ message: `on ${full(at)}`, context: "a day and a time" });
  if (isMine) return t`You have answered this ${when}`;
  if (name !== null) return t`${name} has answered this ${when}`;
  const isElsewhere = answer.origin === "elsewhere" || answer.at === null;
  return isElsewhere ? t`Somebody has answered this in another program ${when}` : t`This was answered ${when}`;
}

/** Longer than a message is held back by itself. */
const LATER_MS = 90_000;

function waitingWords({ name, isMine }: Answer, when: string): string {
  if (isMine) return t`Your answer waits to be sent: ${when}`;
  return name === null ? t`An answer waits to be sent: ${when}` : t`An answer by ${name} waits to be sent: ${when}`;
}
