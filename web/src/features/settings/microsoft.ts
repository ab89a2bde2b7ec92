export const tenantWords = ["common", "organizations", "consumers"] as const;
/** "one" stands for a single organisation, named by its ID or domain. */
export type TenantKind = (typeof tenantWords)[number] | "one";

export const isTenantWord = (value: string): value is (typeof tenantWords)[number] =>
  (tenantWords as readonly string[]).includes(value);

/** Where Microsoft returns to after an administrator's approval; it must be registered like the first. */
export const approvalUri = (redirectUri: string): string => redirectUri.replace(/\/callback$/u, "/approved");
