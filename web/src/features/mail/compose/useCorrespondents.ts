import { useEffect, useState } from "react";
import { api } from "@/api";
import type { AccountId, EmailAddress } from "@/jmap";
import { session } from "@/session";

const FRESH_MS = 10 * 60_000;

interface Asked {
  readonly whose: string | undefined;
  readonly at: number;
  readonly people: Promise<readonly EmailAddress[]>;
}

const asked = new Map<AccountId, Asked>();

/** Asked once in a while for each mailbox: it changes slowly, and what the browser holds is proposed besides. */
function correspondents(account: AccountId): Promise<readonly EmailAddress[]> {
  const whose = session.get()?.user?.id;
  const known = asked.get(account);
  if (known?.whose === whose && known && Date.now() - known.at < FRESH_MS) return known.people;
  const people = api.people(account);
  asked.set(account, { whose, at: Date.now(), people });
  people.catch(() => { asked.delete(account); });
  return people;
}

const NOBODY: readonly EmailAddress[] = [];

/** Whom the mailbox writes to and hears from, best first; nobody until that is known, and without a mailbox. */
export function useCorrespondents(account: AccountId | null): readonly EmailAddress[] {
  const [people, setPeople] = useState(NOBODY);
  useEffect(() => {
    if (account === null) return undefined;
    let isShown = true;
    correspondents(account).then((found) => { if (isShown) setPeople(found); }, () => undefined); // those that are held are proposed
    return () => { isShown = false; };
  }, [account]);
  return people;
}
