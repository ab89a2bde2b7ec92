import { useLingui } from "@lingui/react/macro";
import type { Email, EmailAddress } from "@/jmap";
import { personName } from "@/lib/personName";
import { hasKeyword } from "@/store";
import type { AccountStore, Snippet, Snippets } from "@/store";
import type { Folder } from "@/jmap";
import { useSnippet } from "../state/hooks";
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
  const names = useNames();
  const home = folder ?? account.mailboxes.get(Object.keys(email.mailboxIds)[0] ?? "");
  const isOutgoing = home?.role === "sent" || home?.role === "drafts";
  return {
    isFlagged: thread ? thread.isFlagged : hasKeyword(email, "$flagged"),
    hasAttachment: thread ? thread.hasAttachment : email.hasAttachment,
    colour: isHigh ? "text-priority-high" : email["poststelle:importance"] === "low" ? "text-priority-low" : "",
    snippet: useSnippet(snippets, email.id),
    home, isOutgoing, names: isOutgoing ? names.to(email) : names.from(email),
    isTalk: thread !== null && (thread.count > 1 || (thread.drafts.length > 0 && thread.count === 1)),
  };
}

/** People in one line. */
export function useNames(): { readonly from: (email: Email) => string; readonly to: (email: Email) => string } {
  const { t } = useLingui();
  const line = (people: readonly EmailAddress[] | null): string => (people ?? []).map(personName).filter((name) => name !== null).join(", ");
  return { from: ({ from }) => line(from) || t`(unknown)`, to: ({ to }) => line(to) || t`(no recipient)` };
}
