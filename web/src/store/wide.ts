/**
 * Messages of several accounts on one page. An id is one within its account alone; its *wide* form,
 * "a1z~m5z", is one over all of them, and stands for it wherever rows of several accounts are shown.
 * No id has a "~" of its own. Source: RFC 8620 §1.2.
 */
import type { AccountId, EmailId } from "@/jmap";

export function widened(account: AccountId, id: EmailId): EmailId {
  return `${account}~${id}` as EmailId;
}

/** The account and the id there; null for an id that is not wide. */
export function narrowed(id: string): { readonly account: AccountId; readonly id: EmailId } | null {
  const at = id.indexOf("~");
  return at < 0 ? null : { account: id.slice(0, at) as AccountId, id: id.slice(at + 1) as EmailId };
}
