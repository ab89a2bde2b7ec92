export type AddressProblem = "empty" | "no_at" | "two_ats" | "no_name" | "no_domain" | "bad_domain" | "bad_character";

/** Spaces around an address are never meant; pasted "Name <a@b.de>" and "mailto:" keep only the address. */
export function tidyAddress(text: string): string {
  const trimmed = text.replace(/[\u200b\u00a0\ufeff]/gu, " ").trim();
  const inBrackets = /<([^<>]+)>\s*$/u.exec(trimmed)?.[1] ?? trimmed;
  return inBrackets.replace(/^mailto:/iu, "").trim();
}

/**
 * What keeps a text from being a complete e-mail address, or null. The server
 * decides in the end; this answers while the person still looks at the field.
 * Source: RFC 5321 §4.1.2, without quoted local parts, which Microsoft has not.
 */
export function addressProblem(text: string): AddressProblem | null {
  if (text === "") return "empty";
  const parts = text.split("@");
  if (parts.length === 1) return "no_at";
  if (parts.length > 2) return "two_ats";
  const [name = "", domain = ""] = parts;
  if (name === "") return "no_name";
  if (domain === "") return "no_domain";
  if (/[\s,;:"()<>[\]\\]/u.test(text)) return "bad_character";
  if (name.startsWith(".") || name.endsWith(".") || name.includes("..")) return "bad_character";
  const label = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?$/u;
  const labels = domain.split(".");
  if (labels.length < 2 || !labels.every((part) => label.test(part))) return "bad_domain";
  return (labels[labels.length - 1]?.length ?? 0) < 2 ? "bad_domain" : null;
}

/** Are two addresses the same mailbox? Letter case and spaces around do not matter. */
export function isSameAddress(one: string, other: string): boolean {
  return tidyAddress(one).toLowerCase() === tidyAddress(other).toLowerCase();
}
