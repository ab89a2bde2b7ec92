import { useLingui } from "@lingui/react/macro";
import type { Email, EmailAddress } from "@/jmap";
import { hasKeyword } from "@/store";
import type { AccountStore, Snippet, Snippets } from "@/store";
import type { Folder } from "@/jmap";
import { useSnippet } from "../state/hooks";
import { personName } from "../text/names";
import type { ThreadSummary } from "../text/threads";

/** What a row says, however it is laid out. */
export interface RowFacts {
  readonly isFlagged: boolean;
  readonly hasAttachment: boolean;
  readonly colour: string;
  readonly snippet: Snippet | undefined;
  readonly home: Folder | undefined;
  /** It lies in a folder of what is written here: it shows whom it goes to. */
  readonly isOutgoing: boolean;
  /** Whom it comes from or goes to. */
  readonly names: string;
  /** Several people write, or one has begun to. */
  readonly isTalk: boolean;
}

export interface FactsOf {
  readonly account: AccountStore;
  readonly email: Email;
  readonly thread: ThreadSummary | null;
  readonly folder: Folder | null;
  readonly snippets: Snippets | null;
  readonly isHigh: boolean;
}

export function useRowFacts({ account, email, thread, folder, snippets, isHigh }: FactsOf): RowFacts {
  const [names, recipients] = [useNames(), useRecipients()];
  const home = folder ?? account.mailboxes.get(Object.keys(email.mailboxIds)[0] ?? "");
  const isOutgoing = home?.role === "sent" || home?.role === "drafts";
  return {
    isFlagged: thread ? thread.isFlagged : hasKeyword(email, "$flagged"),
    hasAttachment: thread ? thread.hasAttachment : email.hasAttachment,
    colour: isHigh ? "text-priority-high" : email["poststelle:importance"] === "low" ? "text-priority-low" : "",
    snippet: useSnippet(snippets, email.id),
    home, isOutgoing, names: isOutgoing ? recipients(email.to) : names(email.from),
    isTalk: thread !== null && (thread.count > 1 || (thread.hasDraft && thread.count === 1)),
  };
}

/** Whom a message goes to, in one line: a draft may go to nobody yet. */
export function useRecipients(): (people: readonly EmailAddress[] | null) => string {
  const { t } = useLingui();
  const names = useNames();
  return (people) => (people && people.length > 0 ? names(people) : t`(nobody)`);
}

/** People in one line. */
export function useNames(): (people: readonly EmailAddress[] | null) => string {
  const { t } = useLingui();
  return (people) => (people ?? []).map(personName).filter((name) => name !== null).join(", ") || t`(unknown)`;
}
