import { t } from "@lingui/core/macro";
import type { Me } from "@/api/types";

/** One page of the settings. */
export interface SettingsPlace {
  readonly to: string;
  readonly label: string;
  /** The address under which it counts as chosen, when it has several pages. */
  readonly group?: string;
  /** Addresses below its own are other pages. */
  readonly isAlone?: boolean;
}

/** For who has the right alone. */
export const basicPlaces = ({ may_settings }: Me): readonly SettingsPlace[] => (may_settings ? [
  { to: "/settings/basic/email/external", label: t`E-mail`, group: "/settings/basic/email" },
  { to: "/settings/basic/microsoft", label: t`Microsoft` },
  { to: "/settings/basic/users", label: t`Users` },
  { to: "/settings/basic/health", label: t`Health` },
  { to: "/settings/basic/audit", label: t`Audit trail` },
  { to: "/settings/basic/archive", label: t`Archives` },
  { to: "/settings/basic/webhooks", label: t`Webhooks` },
] : []);

export const personalPlaces = (): readonly SettingsPlace[] => [
  { to: "/settings/me", label: t`My profile`, isAlone: true },
  { to: "/settings/me/security", label: t`Security` },
  { to: "/settings/me/signatures", label: t`Signatures` },
  { to: "/settings/me/templates", label: t`Templates` },
  { to: "/settings/me/groups", label: t`Recipient groups` },
  { to: "/settings/me/absence", label: t`Out of office` },
  { to: "/settings/records", label: t`Activities` },
  { to: "/settings/device", label: t`Notifications and device` },
];
