/**
 * What is new in the mailboxes whose mail is to be shown, and what of it is still unread.
 *
 *     look ──Email/changes of each mailbox──> created, and unread in the inbox: news
 *              └─ what is shown already, read or gone meanwhile: no longer shown
 *
 * One look after another, whoever asks for it: a push, or a page that heard of a change. So each message is shown
 * once, however many pages are open. Source: RFC 8620 §5.2, RFC 8621 §4.
 */
import type { NewsChoice, NewsProgress, Position } from "@/device/news-record";
import type { Call, JmapClient } from "@/jmap/client";
import { MethodFailed } from "@/jmap/errors";
import type { ChangesResult, GetResult } from "@/jmap/methods";
import type { AccountId, Email, EmailId, Mailbox, MailboxId } from "@/jmap/types";
import { personName } from "@/lib/personName";
import { withoutTurning } from "@/lib/turning";

/** A message as a notification shows it. */
export interface NewMail {
  readonly id: EmailId;
  readonly sender: string;
  readonly subject: string;
  readonly receivedAt: string;
}

/** One mailbox after a look. `unread`: all of its inbox. */
export interface MailboxNews {
  readonly id: AccountId;
  readonly name: string;
  readonly inbox: MailboxId;
  readonly unread: number;
  /** Not known before, newest first. */
  readonly fresh: readonly NewMail[];
  /** Of those shown already, the ones that are still unread, newest first. */
  readonly standing: readonly NewMail[];
}

export interface Look {
  readonly mailboxes: readonly MailboxNews[];
  /** Not assigned any more. */
  readonly gone: readonly AccountId[];
  readonly progress: NewsProgress;
}

type Row = Pick<Email, "id" | "from" | "subject" | "receivedAt" | "keywords" | "mailboxIds"> & { readonly "poststelle:isOther"?: boolean };

const ROW = ["id", "from", "subject", "receivedAt", "keywords", "mailboxIds", "poststelle:isOther"];
/** More at once is a mailbox being read for the first time, or a long absence: nothing is shown of it. */
const MOST_NEW = 500;
/** Clocks differ. */
const SLACK_MS = 5 * 60_000;

export interface LookOptions {
  /** The messages that notifications show of a mailbox. */
  readonly shown: (id: AccountId) => readonly EmailId[];
  readonly now: Date;
  /** Nothing is news at the moment: what comes is when the quiet has ended. */
  readonly isQuiet: boolean;
}

/** Look at every chosen mailbox. Errors: what breaks a request (LoginNeeded, Offline, Busy). */
export async function look(client: JmapClient, choice: NewsChoice, before: NewsProgress, options: LookOptions): Promise<Look> {
  const ids = Object.keys(choice.mailboxes) as AccountId[];
  const found = await Promise.all(ids.map((id) => lookAt(client, choice, id, before.mailboxes[id], options)));
  const mailboxes = found.flatMap((each) => (each ? [each.news] : []));
  const positions = Object.fromEntries(found.flatMap((each) => (each ? [[each.news.id, each.position] as const] : [])));
  return {
    mailboxes, gone: ids.filter((_, at) => found[at] === null), progress: { ...before, mailboxes: positions as NewsProgress["mailboxes"] },
  };
}

interface Found {
  readonly news: MailboxNews;
  readonly position: Position;
}

async function lookAt(
  client: JmapClient, choice: NewsChoice, id: AccountId, before: Position | undefined, options: LookOptions,
): Promise<Found | null> {
  const { now, isQuiet } = options;
  const shown = options.shown(id);
  const wish = choice.mailboxes[id];
  const folders = client.call("Mailbox/get", { accountId: id, ids: null, properties: ["id", "role", "unreadEmails"] });
  const changes = before && !isQuiet ? client.call("Email/changes", { accountId: id, sinceState: before.state, maxChanges: MOST_NEW }) : null;
  const present = client.call("Email/get", { accountId: id, ids: shown, properties: ROW });
  const told = await Promise.all([folders.result, present.result, changes ? created(changes) : null]).catch(unlessGone);
  if (!told || !wish) return null;
  const [{ list }, there, news] = told;
  const inbox = (list as readonly Pick<Mailbox, "id" | "role" | "unreadEmails">[]).find(({ role }) => role === "inbox");
  if (!inbox) return null;
  const since = before?.since ?? new Date(now.getTime() - SLACK_MS).toISOString();
  const fits = (row: Row): boolean => isUnreadIn(row, inbox.id) && (wish.arrivals === "inbox" || row["poststelle:isOther"] !== true);
  const fresh = news && news.created.length > 0
    ? (await client.call("Email/get", { accountId: id, ids: news.created, properties: ROW }).result).list as readonly Row[]
    : [];
  return {
    news: {
      id, name: wish.name, inbox: inbox.id, unread: inbox.unreadEmails,
      fresh: newestFirst(fresh.filter((row) => fits(row) && row.receivedAt > since && !shown.includes(row.id))),
      standing: newestFirst((there.list as readonly Row[]).filter(fits)),
    },
    position: before && isQuiet ? before : { inbox: inbox.id, since, state: news?.newState ?? (there as GetResult<Row>).state },
  };
}

/** What was created; nothing where it was too much or can't be told, and the next look begins at the present. */
async function created(changes: Call<ChangesResult<EmailId>>): Promise<Pick<ChangesResult<EmailId>, "created" | "newState"> | null> {
  try {
    const told = await changes.result;
    return told.hasMoreChanges ? null : told;
  } catch (error) {
    if (error instanceof MethodFailed && error.type === "cannotCalculateChanges") return null;
    throw error;
  }
}

function unlessGone(error: unknown): null {
  if (error instanceof MethodFailed && error.type === "accountNotFound") return null;
  throw error;
}

function isUnreadIn({ mailboxIds, keywords }: Row, inbox: MailboxId): boolean {
  return mailboxIds[inbox] === true && keywords["$seen"] !== true && keywords["$draft"] !== true;
}

function newestFirst(rows: readonly Row[]): readonly NewMail[] {
  return rows.toSorted((a, b) => b.receivedAt.localeCompare(a.receivedAt)).map(({ id, from, subject, receivedAt }) => {
    return { id, receivedAt, sender: withoutTurning(personName(from?.[0]) ?? "").trim(), subject: withoutTurning(subject ?? "").trim() };
  });
}
