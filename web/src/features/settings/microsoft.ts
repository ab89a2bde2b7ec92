import type { MicrosoftSettings } from "@/api/types";

export const tenantWords = ["common", "organizations", "consumers"] as const;
/** "one" stands for a single organisation, named by its ID or domain. */
export type TenantKind = (typeof tenantWords)[number] | "one";

export const isTenantWord = (value: string): value is (typeof tenantWords)[number] =>
  (tenantWords as readonly string[]).includes(value);

/** Where Microsoft returns to after an administrator's approval; it must be registered like the first. */
export const approvalUri = (redirectUri: string): string => redirectUri.replace(/\/callback$/u, "/approved");

const warnMs = 28 * 86_400_000;

/** Does the client secret need attention at `now`? It holds through the whole of its last day (UTC). */
export function secretWarning(
  settings: Pick<MicrosoftSettings, "has_secret" | "has_certificate" | "secret_expires_at">,
  now: Date,
): "missing" | "expired" | "ends_soon" | null {
  if (settings.has_certificate) return null;
  if (!settings.has_secret) return "missing";
  if (!settings.secret_expires_at) return null;
  const end = Date.parse(`${settings.secret_expires_at.slice(0, 10)}T00:00:00Z`) + 86_400_000;
  if (end <= now.getTime()) return "expired";
  return end - now.getTime() < warnMs ? "ends_soon" : null;
}
