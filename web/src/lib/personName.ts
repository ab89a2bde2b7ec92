/** How people are called: by the name they have given themselves, where that is one. Pure. */

export interface Person {
  readonly name: string | null;
  readonly email: string;
}

/** The name people know, else the address; null when a message names nobody. A name that poses as somebody else's address is none. */
export function personName(address: Person | undefined): string | null {
  if (!address) return null;
  const [name, email] = [(address.name ?? "").replace(BLANKS, " ").trim(), address.email.trim()];
  const read = asRead(address.name ?? "");
  return (read === "" || posesAsAnother(read, asRead(email)) ? "" : name) || email || null;
}

const BLANKS = /[\s\u2800]+/gu;
/** And marks that stand on nothing: a letter has taken its own by then. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * What the eye takes it for: without what is not seen, wide and small forms as the usual ones.
 * Source: Unicode Standard Annex #15 (NFKC); UTS #46, §2.3 for the ideographic full stop.
 */
function asRead(text: string): string {
  return text.normalize("NFKC").replace(BLANKS, " ").replace(UNSEEN, "").replaceAll("\u3002", ".").replace(BLANKS, " ").trim();
}

/** With blanks around its signs too, but not as in "Team @ Büro. Wir sind da". Quotation marks are gone by then. */
const ADDRESS = /[^\s<>(),;:@]+(?:@[^\s<>(),;:@]+ ?\. ?| ?@ ?[^\s<>(),;:@]+(?: ?\.| \. ))[^\s<>(),;:]+/gu;
const QUOTES = /["'„“”‚‘’«»‹›`]+/gu;

/** "chef@firma.example" <stranger@x.example>: whoever reads the name alone takes it for the sender. */
function posesAsAnother(name: string, email: string): boolean {
  if (email === "") return false;
  const same = (text: string): string => text.replace(QUOTES, "").replaceAll(" ", "").toLowerCase();
  return (name.replace(QUOTES, "").slice(0, LONGEST_NAME).match(ADDRESS) ?? []).some((each) => same(each) !== same(email));
}

const LONGEST_NAME = 300;
