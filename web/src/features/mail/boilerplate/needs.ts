/** What one needs to write in a mailbox: asked once, and again behind the scenes with each letter. */
import type { AccountId, WritingNeeds } from "@/api";
import { api } from "@/api";
import { session } from "@/session";

const known = new Map<AccountId, Promise<WritingNeeds>>();
let whose: string | null = null;

const PATIENCE_MS = 300;

/** As it is now; where the answer takes its time, what was known before, and the answer is there for the next letter. */
export function needsOf(account: AccountId): Promise<WritingNeeds> {
  const me = session.get()?.user?.id ?? null;
  if (me !== whose) known.clear();
  whose = me;
  const before = known.get(account);
  const asked = api.writing(account);
  if (!before) {
    known.set(account, asked);
    asked.catch(() => { if (known.get(account) === asked) known.delete(account); });
    return asked;
  }
  const fresh = asked.then((needs) => { known.set(account, asked); return needs; }, () => before); // what was known still holds
  const late = new Promise<void>((resolve) => { setTimeout(resolve, PATIENCE_MS); }).then(() => before);
  return Promise.race([fresh, late]);
}

/** Somebody changed a signature, a template or their own facts: the next letter asks anew. */
export function forgetNeeds(): void {
  known.clear();
}
