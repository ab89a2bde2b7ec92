export type AddressProblem =
  | "empty"
  | "bad_character"
  | "too_long"
  | "no_at"
  | "two_ats"
  | "no_name"
  | "bad_name"
  | "long_name"
  | "no_domain"
  | "bad_domain";

/** Spaces around an address are never meant; pasted "Name <a@b.de>" and "mailto:" keep only the address. */
export function tidyAddress(text: string): string {
  const trimmed = text.replace(/[\u200b-\u200d\u2060\u00ad\ufeff]/gu, "").replace(/\u00a0/gu, " ").trim();
  const inBrackets = /<([^<>]+)>\s*$/u.exec(trimmed)?.[1] ?? trimmed;
  return inBrackets.replace(/^mailto:/iu, "").trim().normalize("NFC");
}

const mostOctets = 254;
const mostOctetsOfName = 64;
const mostOctetsOfLabel = 63;
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const dotAtom = new RegExp(`^${atom}(?:\\.${atom})*$`, "u");

/**
 * What keeps a text from being a complete e-mail address, or null. Refuses what the
 * server refuses (`settings/address.py`), while the person still looks at the field;
 * both are tested with the same addresses.
 * Source: RFC 5321 §4.5.3.1, RFC 5322 §3.4.1 (dot-atom), RFC 5891 §4.2.
 */
export function addressProblem(text: string): AddressProblem | null {
  if (text === "") return "empty";
  if (/[\s,;:"()<>[\]\\]/u.test(text)) return "bad_character";
  if (text.length > mostOctets) return "too_long";
  const [name = "", domain, ...more] = text.split("@");
  if (domain === undefined) return "no_at";
  if (more.length > 0) return "two_ats";
  if (name === "") return "no_name";
  if (!dotAtom.test(name)) return "bad_name";
  if (domain === "") return "no_domain";
  const ascii = asciiDomain(domain);
  if (ascii === null) return "bad_domain";
  if (name.length > mostOctetsOfName) return "long_name";
  return name.length + 1 + ascii.length > mostOctets ? "too_long" : null;
}

/** A complete domain as mail systems write it (`xn--…`); null when it is none. */
function asciiDomain(domain: string): string | null {
  // Dots of East Asian keyboards are dots too. Source: UTS #46 §2.3.
  const isText = domain.split(/[.\u3002\uff0e\uff61]/u).every((label) => /^[\p{L}\p{Nd}](?:[\p{L}\p{M}\p{Nd}-]*[\p{L}\p{M}\p{Nd}])?$/u.test(label));
  const ascii = isText ? hostOf(domain) : null;
  const labels = ascii?.split(".") ?? [];
  const last = labels.at(-1) ?? "";
  const areLabels = labels.every((label) => label.length <= mostOctetsOfLabel && (!label.startsWith("--", 2) || label.startsWith("xn--")));
  return labels.length >= 2 && areLabels && last.length >= 2 && !/^\d+$/u.test(last) ? ascii : null;
}

/** The browser's own IDNA does the spelling. */
function hostOf(domain: string): string | null {
  try {
    return new URL(`https://${domain}`).hostname;
  } catch {
    return null;
  }
}

/** Are two addresses the same mailbox? Letter case and spaces around do not matter. */
export function isSameAddress(one: string, other: string): boolean {
  return tidyAddress(one).toLowerCase() === tidyAddress(other).toLowerCase();
}
