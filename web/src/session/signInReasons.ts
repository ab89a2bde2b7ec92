import { t } from "@lingui/core/macro";

/** Who can do something about it: the person who signs in, an administrator here, or one at Microsoft. */
export type Actor = "person" | "administrator" | "organisation" | "nobody";

/** Why a sign-in does not work, what helps, and whose turn it is. */
export interface SignInReason {
  readonly what: string;
  readonly remedy: string;
  readonly actor: Actor;
}

type Row = readonly [codes: readonly (number | string)[], actor: Actor, what: () => string, remedy: () => string];

const signInAgain = () => t`Somebody signs in again at Microsoft.`;
const askOrganisation = () => t`Ask the person who looks after Microsoft 365; pass on the text under “Details”.`;
const checkSettings = () => t`An administrator here checks the Microsoft settings.`;

/** Microsoft's numbers and OAuth's names, by what a person needs to know. Source: Entra error codes (read 2026-09). */
const rows: readonly Row[] = [
  [[50173, 50132, 50133], "person", () => t`The password was changed or the sign-in was withdrawn at Microsoft.`, signInAgain],
  [[700082, 70008], "person", () => t`The sign-in was not used for 90 days and has expired.`, signInAgain],
  [[70000, "invalid_grant", "no_refresh_token"], "person", () => t`Microsoft no longer knows this sign-in.`, signInAgain],
  [[70043], "person", () => t`Your organisation asks for a fresh sign-in from time to time.`, signInAgain],
  [[700084], "administrator", () => t`Sign-ins end after a day, because the redirect URI is registered for single-page applications.`, () => t`An administrator here registers it under the platform “Web” at Microsoft; then somebody signs in again.`],
  [[50076, 50074, 50078, "interaction_required"], "person", () => t`Microsoft asks for a second proof of identity, for example on a phone.`, signInAgain],
  [[50079, 50072], "person", () => t`Microsoft asks this account to register a second proof of identity, for example a phone.`, () => t`That person signs in again and registers it on the way.`],
  [[53000], "organisation", () => t`A security rule of your organisation asks for a managed device.`, askOrganisation],
  [[53001], "organisation", () => t`A security rule of your organisation asks for a device that belongs to it.`, askOrganisation],
  [[53002], "organisation", () => t`A security rule of your organisation does not allow this app.`, askOrganisation],
  [[53003, 530031], "organisation", () => t`A security rule of your organisation ended the sign-in.`, askOrganisation],
  [[530035], "organisation", () => t`The security defaults of your organisation block the sign-in.`, askOrganisation],
  [[65001, "consent_required"], "organisation", () => t`The approval for Poststelle is missing or was withdrawn at Microsoft.`, () => t`Sign in again and accept, or let an administrator of your organisation approve it.`],
  [[65004], "person", () => t`The permissions were declined at Microsoft.`, () => t`Sign in again and accept them.`],
  [[90094, 90093, 90008], "organisation", () => t`Only an administrator of your organisation may approve Poststelle.`, () => t`Send the approval link to the person who looks after Microsoft 365.`],
  [[90095], "organisation", () => t`An approval was requested at Microsoft and is still open.`, () => t`Wait until it is approved, then sign in again.`],
  [[50057], "organisation", () => t`The account is disabled at Microsoft.`, () => t`An administrator of your organisation enables it; then somebody signs in again.`],
  [[50053], "organisation", () => t`The account is locked at Microsoft, or the place it came from is blocked.`, () => t`Wait for a while, or ask the person who looks after Microsoft 365.`],
  [[50055, 50144], "person", () => t`The password has expired at Microsoft.`, () => t`Change it at Microsoft, then sign in again here.`],
  [[50034, 51004, 16000, 50020, 500208], "organisation", () => t`Microsoft no longer knows this account in the organisation.`, () => t`Sign in with another account, or ask the person who looks after Microsoft 365.`],
  [[50105], "organisation", () => t`The account has not been allowed to use Poststelle.`, () => t`An administrator of your organisation assigns the account to the app.`],
  [[650052], "organisation", () => t`The organisation has no licence for mail at Microsoft.`, askOrganisation],
  [[7000222], "administrator", () => t`Poststelle's client secret at Microsoft has expired. All mailboxes are affected.`, () => t`An administrator here creates a new secret at Microsoft and enters it in the Microsoft settings; nobody has to sign in again.`],
  [[7000215], "administrator", () => t`Poststelle's client secret is wrong. All mailboxes are affected.`, () => t`An administrator here enters the value of the secret (not its ID) in the Microsoft settings.`],
  [[7000218, 700025], "administrator", () => t`Poststelle is registered as another kind of program at Microsoft.`, checkSettings],
  [[700027, 700024, 50027], "administrator", () => t`Microsoft does not accept Poststelle's certificate.`, () => t`An administrator here uploads the certificate at Microsoft or enters a new one.`],
  [[700016, 700011, 7000229], "administrator", () => t`Poststelle's app registration is unknown in this organisation.`, () => t`An administrator here checks client ID and organisation; one of the organisation approves the app.`],
  [[7000112, 70001], "organisation", () => t`Poststelle's app registration is disabled at Microsoft.`, askOrganisation],
  [[500011, 650056, 650057], "administrator", () => t`Permissions are missing in Poststelle's app registration.`, checkSettings],
  [[50194, 9002331, 9002332, 90130, 90124, 90002, 900023, "unknown_tenant"], "administrator", () => t`The organisation in the Microsoft settings does not fit the app registration.`, checkSettings],
  [[90038], "administrator", () => t`The organisation is in another of Microsoft's clouds.`, () => t`An administrator here chooses the cloud in the Microsoft settings.`],
  [[50011, 500113, 900971], "administrator", () => t`The redirect URI is not registered at Microsoft.`, checkSettings],
  [["app_missing"], "administrator", () => t`No app registration is entered in Poststelle's Microsoft settings.`, () => t`An administrator here enters it, once for all mailboxes; nobody has to sign in again.`],
  [["app_settings", "invalid_client", "unauthorized_client"], "administrator", () => t`Microsoft does not accept Poststelle's app registration. All mailboxes are affected.`, checkSettings],
  [[90033, 90024, 90006, 50033, 90012, 50196], "nobody", () => t`Microsoft's sign-in has a passing trouble.`, () => t`Nothing to do: we try again by ourselves.`],
  [["ErrorAccessDenied", "ErrorItemNotFound", "ErrorInvalidUser", "wrong_mailbox"], "organisation", () => t`This account may no longer open the mailbox.`, () => t`The person who looks after Microsoft 365 gives it full access again, or somebody else signs in.`],
  [["no_mailbox"], "organisation", () => t`Microsoft has no mailbox for this account any more; a licence may be missing.`, askOrganisation],
  [["key_changed", "unreadable_sign_in"], "person", () => t`The stored sign-in cannot be read, because the server's key is another one.`, signInAgain],
  [["disconnected", "no_sign_in"], "person", () => t`The mailbox was disconnected here in the settings.`, signInAgain],
];

/** The number in "AADSTS50173: ..." or "invalid_grant 50173", if there is one. */
export function microsoftCode(text: string | null): number | null {
  const match = /AADSTS(\d{4,8})/iu.exec(text ?? "") ?? /\b(\d{5,8})\b/u.exec(text ?? "");
  return match?.[1] ? Number(match[1]) : null;
}

/** Why a sign-in does not work, in words; general ones for a code that we do not know. */
export function signInReason(reason: string | null): SignInReason {
  const key = microsoftCode(reason) ?? reason ?? "";
  const found = rows.find(([codes]) => codes.includes(key));
  if (!found) return { what: t`Microsoft no longer accepts the stored sign-in.`, remedy: signInAgain(), actor: "person" };
  const [, actor, what, remedy] = found;
  return { what: what(), remedy: remedy(), actor };
}

/** Is this a trouble of Poststelle's own registration, which all mailboxes share? */
export const isAboutApp = (code: string | null): boolean => code !== null && signInReason(code).actor === "administrator";
