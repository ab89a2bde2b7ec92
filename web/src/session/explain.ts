import { t } from "@lingui/core/macro";
import { ApiError, Offline } from "@/api/errors";
import type { Administrator } from "@/api/types";

/** An error in words: what happened, what to do, and the technical text for "Details". */
export interface Explanation {
  readonly title: string;
  readonly remedy: string;
  readonly detail: string | null;
}

/** Say an error in the language on screen. Unknown codes keep the server's text as detail. */
export function explain(error: unknown): Explanation {
  if (error instanceof Offline) {
    return {
      title: t`The server does not answer.`,
      remedy: t`Please check your network connection and try again. Nothing was changed.`,
      detail: null,
    };
  }
  if (error instanceof ApiError) return explainRefusal(error);
  return {
    title: t`This did not work.`,
    remedy: t`Please try again. If it happens again, pass the text under “Details” to your administrator.`,
    detail: error instanceof Error ? error.message : String(error),
  };
}

function explainRefusal(error: ApiError): Explanation {
  const detail = `${error.status} ${error.code}: ${error.message}`;
  const words = refusals[error.code];
  if (words) {
    const [title, remedy] = words(error);
    return { title, remedy, detail: null };
  }
  if (error.status === 404) {
    return { title: t`This does not exist any more.`, remedy: t`It may have been deleted in the meantime.`, detail };
  }
  return {
    title: t`The server refused this. Nothing was changed.`,
    remedy: t`If it happens again, pass the text under “Details” to your administrator.`,
    detail,
  };
}

type Words = (error: ApiError) => readonly [title: string, remedy: string];

const text = (error: ApiError, name: string): string => {
  const value = error.params[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

const refusals: Readonly<Record<string, Words>> = {
  wrong_login: () => [t`Login or password is not right.`, t`Please check both and try again.`],
  locked: (error) => [t`Too many attempts.`, lockedRemedy(Number(error.params["after_s"]))],
  wrong_password: () => [t`The present password is not right.`, t`Please enter it again.`],
  weak_password: (error) => [t`This password is too short.`, passwordRemedy(Number(error.params["min_length"]))],
  invalid_address: () => [t`This is not a complete e-mail address.`, t`Enter it in full, such as info@example.com.`],
  duplicate_address: (error) => [
    t`${text(error, "address") || t`This address`} has already been added.`,
    t`You find it in the list below.`,
  ],
  address_mismatch: () => [t`The address does not match.`, t`Type it exactly as shown above.`],
  duplicate_login: () => [t`This login name is already taken.`, t`Please choose another one.`],
  last_administrator: () => [
    t`This is the last administrator.`,
    t`Give another user the right for the basic settings first.`,
  ],
  oneself: () => [t`You cannot delete your own user.`, t`Ask another administrator to do it.`],
  already_set_up: () => [t`This system has already been set up.`, t`Please log in.`],
  microsoft_not_configured: () => [
    t`The connection with Microsoft has not been set up yet.`,
    t`An administrator enters the app's data under Settings > Basic settings > Microsoft.`,
  ],
  invalid_certificate: () => [
    t`This is not a certificate with its private key.`,
    t`Paste both in PEM form, including the BEGIN and END lines.`,
  ],
  invalid_tenant: () => [
    t`This is not a tenant.`,
    t`Enter the tenant's ID or one of its domains, such as example.onmicrosoft.com.`,
  ],
  invalid_client_id: () => [t`This is not a client ID.`, t`It looks like 1b2c3d4e-0000-0000-0000-000000000000.`],
  csrf: () => [t`The browser did not prove where this came from.`, t`Please reload the page and try again.`],
  not_allowed: () => [t`Your level does not allow this.`, t`Ask an administrator for a higher level.`],
};

function lockedRemedy(seconds: number): string {
  const minutes = Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds / 60)) : 1;
  return minutes === 1 ? t`Please try again in a minute.` : t`Please try again in ${minutes} minutes.`;
}

function passwordRemedy(length: number): string {
  return Number.isFinite(length) ? t`It needs at least ${length} characters.` : t`Please choose a longer one.`;
}

/** Whom to ask when the right for the basic settings is missing; empty when the server named nobody. */
export function administratorsOf(error: unknown): readonly Administrator[] {
  if (!(error instanceof ApiError) || error.code !== "needs_settings") return [];
  const people = error.params["administrators"];
  return Array.isArray(people) ? (people as Administrator[]) : [];
}
