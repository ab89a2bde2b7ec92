/** What a list says of a thread, and which of its messages are shown. Pure. */
import type { Email, EmailAddress, EmailId, Mailbox, MailboxId } from "@/jmap";
import { personName } from "@/lib/personName";

type Member = Pick<Email, "id" | "mailboxIds" | "keywords" | "from" | "hasAttachment">;

export interface ThreadPlaces {
  /** The folders whose messages the row stands for. */
  readonly here: readonly MailboxId[];
  readonly roleOf: (id: MailboxId) => Mailbox["role"];
}

export interface ThreadPerson {
  /** As short as it can be and still be clear; null where the message names nobody. */
  readonly name: string | null;
  /** The mailbox itself. */
  readonly isMe: boolean;
  /** Something of theirs is unread here. */
  readonly isUnread: boolean;
  /** Others between the one before and this one are left out. */
  readonly isAfterGap: boolean;
}

export interface ThreadSummary {
  readonly people: readonly ThreadPerson[];
  readonly count: number;
  /** The few that are answered, if any are. */
  readonly newest: readonly EmailId[];
  readonly drafts: readonly EmailId[];
  readonly hasAttachment: boolean;
  /** Of the messages here. */
  readonly isUnread: boolean;
  readonly isFlagged: boolean;
}

const MOST_PEOPLE = 3;
const MOST_ANSWERED = 5;

const has = (email: Member, keyword: string): boolean => email.keywords[keyword] === true;

const liesIn = (email: Member, folders: readonly MailboxId[]): boolean => folders.some((id) => email.mailboxIds[id]);

/** Whether a message was thrown away: not shown with its thread, unless its folder is open. */
export function isAway(email: Member, { here, roleOf }: ThreadPlaces): boolean {
  if (liesIn(email, here)) return false;
  const roles = (Object.keys(email.mailboxIds) as MailboxId[]).map(roleOf);
  return roles.length > 0 && roles.every((role) => role === "trash" || role === "junk");
}

function isDraft(email: Member, { roleOf }: ThreadPlaces): boolean {
  return has(email, "$draft") || (Object.keys(email.mailboxIds) as MailboxId[]).some((id) => roleOf(id) === "drafts");
}

/** Sum a thread up for its row. `members`: oldest first; `address`: the mailbox's own. */
export function summaryOf(members: readonly Member[], places: ThreadPlaces, address: string): ThreadSummary {
  const shown = members.filter((email) => !isAway(email, places));
  const mail = shown.filter((email) => !isDraft(email, places));
  const here = shown.filter((email) => liesIn(email, places.here));
  return {
    people: peopleOf(mail, places, address), count: mail.length, newest: mail.slice(-MOST_ANSWERED).map(({ id }) => id), drafts: shown.filter((email) => isDraft(email, places)).map(({ id }) => id),
    hasAttachment: shown.some((email) => email.hasAttachment),
    isUnread: here.some((email) => !has(email, "$seen")), isFlagged: here.some((email) => has(email, "$flagged")),
  };
}

/** Who wrote, in the order in which they first did: of many the first, those to be read, and the latest. */
function peopleOf(mail: readonly Member[], { here }: ThreadPlaces, address: string): readonly ThreadPerson[] {
  const byAddress = Map.groupBy(mail, ({ from }) => keyOf(from?.[0]));
  const all = [...byAddress].map(([key, written]) => ({
    full: personName(written[0]?.from?.[0]), isMe: key === address.toLowerCase(),
    isUnread: written.some((email) => !has(email, "$seen") && liesIn(email, here)),
    lastAt: mail.lastIndexOf(written.at(-1) as Member),
  }));
  const byWeight = all.map((_, at) => at).slice(1)
    .sort((a, b) => Number(all[b]?.isUnread) - Number(all[a]?.isUnread) || (all[b]?.lastAt ?? 0) - (all[a]?.lastAt ?? 0));
  const chosen = [0, ...byWeight.slice(0, MOST_PEOPLE - 1)].sort((a, b) => a - b);
  const others = all.filter(({ isMe }) => !isMe).map(({ full }) => full);
  return chosen.flatMap((at, i) => {
    const person = all[at];
    if (!person) return [];
    const { full, isMe, isUnread } = person;
    return [{ name: all.length > 1 ? shortName(full, others) : full, isMe, isUnread, isAfterGap: i > 0 && at - (chosen[i - 1] ?? 0) > 1 }];
  });
}

function keyOf(person: EmailAddress | undefined): string {
  return (person?.email || (person?.name ?? "")).trim().toLowerCase();
}

const TITLE = /^(?:(?:dr|prof|dipl|ing|mag|med|jur|herr|frau|mr|mrs|ms)\b\.?-?\s*)+/iu;
const WORD = /^\p{Lu}[\p{L}’'.-]*$/u;
const FIRM = /\b(?:gmbh|ag|kg|ohg|gbr|ug|se|inc|ltd|llc|co|team|service|support|büro|praxis|kanzlei|notariat|verwaltung|info)\b/iu;

/** "Anna" of "Dr. Anna Berger" or "Berger, Anna", unless that is no person's name or another one's too. */
export function shortName(full: string | null, others: readonly (string | null)[]): string | null {
  if (full === null) return null;
  const first = firstName(full);
  const isShared = others.some((other) => other !== full && other !== null && firstName(other) === first);
  return first === null || isShared ? full : first;
}

function firstName(full: string): string | null {
  const [last, given, ...more] = full.split(",").map((part) => part.trim());
  const words = (given !== undefined && more.length === 0 ? `${given} ${last ?? ""}` : full).replace(TITLE, "").split(/\s+/u);
  const isPerson = words.length >= 2 && words.length <= 3 && words.every((word) => WORD.test(word)) && !FIRM.test(full);
  return isPerson ? (words[0] ?? null) : null;
}

/** A long stack, oldest first: the folded messages in its middle are one line. `isOpen`: not folded. */
export function stackOf<T extends { readonly id: EmailId }>(
  messages: readonly T[], isOpen: (id: EmailId) => boolean,
): readonly (T | { readonly folded: readonly T[] })[] {
  const parts: (T | { readonly folded: readonly T[] })[] = [];
  let run: T[] = [];
  const end = (): void => {
    const [first, ...rest] = run;
    const last = rest.pop();
    if (first && last && rest.length >= LEAST_FOLDED) parts.push(first, { folded: rest }, last);
    else parts.push(...run);
    run = [];
  };
  for (const message of messages) {
    if (isOpen(message.id)) {
      end();
      parts.push(message);
    } else run.push(message);
  }
  end();
  return parts;
}

/** Fewer lines than that are quicker seen than unfolded. */
const LEAST_FOLDED = 3;
