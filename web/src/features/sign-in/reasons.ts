import { t } from "@lingui/core/macro";

/** Numbers Microsoft gives when a sign-in has ended, sorted by what a person needs to know. Source: Entra error codes. */
const groups: readonly (readonly [codes: readonly number[], words: () => string])[] = [
  [[50173, 50132, 50133], () => t`The password was changed or the sign-in was withdrawn at Microsoft.`],
  [[700082, 70008, 70000], () => t`The sign-in was not used for a long time, or has been withdrawn, and has expired.`],
  [[70043], () => t`Your organisation asks for a fresh sign-in from time to time.`],
  [[50076, 50079, 50072, 50074, 50078], () => t`Microsoft asks for a second proof of identity, for example on a phone.`],
  [[53000, 53001, 53002, 53003, 530035], () => t`A security rule of your organisation ended the sign-in.`],
  [[65001, 90094], () => t`The approval for Poststelle was withdrawn at Microsoft.`],
  [[50057], () => t`The account is disabled at Microsoft. An administrator of your organisation can enable it.`],
  [[50055, 50144], () => t`The password has expired at Microsoft.`],
  [[7000222, 7000215], () => t`Poststelle's own secret at Microsoft has expired or is wrong. Your administrator renews it in the Microsoft settings first.`],
];

/** The number in "AADSTS50173: ..." or "invalid_grant 50173", if there is one. */
export function microsoftCode(text: string | null): number | null {
  const match = /AADSTS(\d{4,7})/iu.exec(text ?? "") ?? /\b(\d{5,7})\b/u.exec(text ?? "");
  return match?.[1] ? Number(match[1]) : null;
}

/** Why a sign-in ended, in plain words; a general sentence when Microsoft gave nothing we know. */
export function reasonInWords(reason: string | null): string {
  const code = microsoftCode(reason);
  const found = groups.find(([codes]) => code !== null && codes.includes(code));
  if (found) return found[1]();
  if (reason === "disconnected") return t`The mailbox was disconnected here in the settings.`;
  return t`Microsoft no longer accepts the stored sign-in.`;
}
