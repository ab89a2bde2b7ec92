/** What a deed has to know of a message: the folder it lies in, its keywords and categories. */
import type { Email, EmailId, Keyword, MailboxId } from "@/jmap";
import type { AccountStore } from "./account";

export type Held = Pick<Email, "id" | "mailboxIds" | "keywords" | "poststelle:categories">;

/** How those of the messages stand whose rows are held, be they as many as they like; the others are missing. */
export function heldAt({ emails }: Pick<AccountStore, "emails">, ids: ReadonlySet<EmailId>): Map<EmailId, Held> {
  const held = emails.size < ids.size
    ? emails.all().filter(({ id }) => ids.has(id))
    : [...ids].flatMap((id) => emails.get(id) ?? []);
  return new Map(held.map((email) => [email.id, email]));
}

export function hasKeyword(email: Pick<Email, "keywords"> | undefined, keyword: Keyword): boolean {
  return email?.keywords[keyword] === true;
}

/** Letter case does not matter, as at Microsoft. */
export function hasCategory(email: Pick<Email, "poststelle:categories"> | undefined, name: string): boolean {
  const wanted = name.toLowerCase();
  return email?.["poststelle:categories"].some((each) => each.toLowerCase() === wanted) ?? false;
}

export function foldersOf(email: Pick<Email, "mailboxIds">): readonly MailboxId[] {
  return Object.keys(email.mailboxIds) as MailboxId[];
}

/** Not sent yet: marked as such, or lying among the drafts. */
export function isDraft(account: AccountStore, email: Pick<Email, "mailboxIds" | "keywords"> | undefined): boolean {
  if (!email) return false;
  return hasKeyword(email, "$draft") || foldersOf(email).some((id) => account.mailboxes.get(id)?.role === "drafts");
}
