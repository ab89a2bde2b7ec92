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

export type RefusalWords = (error: ApiError) => readonly [title: string, remedy: string];
type Words = RefusalWords;
export type Refusals = Readonly<Record<string, RefusalWords>>;

/** What a page alone is told comes with that page. */
export const addRefusals = (words: Refusals): void => { Object.assign(refusals, words); };

/** A parameter of a refusal as text; empty when there is none. */
export const refusalText = (error: ApiError, name: string): string => {
  const value = error.params[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

const refusals: Record<string, Words> = {
  wrong_login: () => [t`Login or password is not right.`, t`Please check both and try again.`],
  locked: (error) => [t`Too many attempts.`, lockedRemedy(Number(error.params["after_s"]))],
  no_mailbox: () => [t`There is no mailbox at Microsoft for this address.`, t`Check the address and the licence.`],
  login_needed: () => [t`You are no longer logged in.`, t`Please log in again.`],
  second_factor_needed: () => [t`Your second factor is needed too.`, t`Enter a code of your app, or a recovery code.`],
  wrong_code: () => [t`This code is not right, or was used already.`, t`Wait for the next code of your app and enter that.`],
  wrong_passkey: () => [t`The passkey was not accepted.`, t`Try again, or choose another way.`],
  passkey_not_used: () => [t`No passkey was used.`, t`Try again, or choose another way.`],
  passkey_known: () => [t`This device has a passkey for you already.`, t`Use another device or security key.`],
  duplicate_passkey: () => [t`This passkey is registered already.`, t`Use another device or security key.`],
  passkeys_unavailable: () => [t`Passkeys cannot be used here.`, t`Poststelle must be reached by https and under a name.`],
  step_over: () => [t`This took too long, or is completed already.`, t`Please begin anew.`],
  no_such_login: () => [t`This login does not exist any more.`, t`It has ended in the meantime.`],
  wrong_password: () => [t`The present password is not right.`, t`Please enter it again.`],
  password_too_short: (error) => [t`This password is too short.`, passwordRemedy(Number(error.params["least"]))],
  password_too_long: () => [t`This password is too long.`, t`Please choose a shorter one.`],
  password_is_login: () => [t`The password is the same as the login name.`, t`Please choose another one.`],
  password_too_simple: () => [t`This password is too simple.`, t`A few words in a row are easy to keep in mind.`],
  invalid_login: () => [t`This is not a login name.`, t`It may have up to 100 characters and no blanks.`],
  invalid_name: () => [t`This name cannot be used.`, t`It may have up to 100 characters in one line.`],
  invalid_address: () => [t`This is not a complete e-mail address.`, t`Enter it in full, such as name@example.org.`],
  wrong_setup_code: () => [t`The set-up code is not right.`, t`Please copy it again from where the server was started.`],
  already_set_up: () => [t`This system has already been set up.`, t`Please log in.`],
  app_missing: () => [
    t`Nobody can sign in at Microsoft yet: Poststelle's app registration has not been entered.`,
    t`An administrator enters it under Settings > Basic settings > Microsoft, once for all mailboxes.`,
  ],
  app_settings: () => [
    t`Microsoft does not accept Poststelle's app registration.`,
    t`An administrator corrects it under Settings > Basic settings > Microsoft.`,
  ],
  microsoft_unreachable: () => [t`Microsoft does not answer.`, t`Please try again in a moment.`],
  csrf: () => [t`The browser did not prove where this came from.`, t`Please reload the page and try again.`],
  needs_settings: () => [
    t`You need the right for the basic settings.`,
    t`Please ask your administrator to do this for you or to give you the right.`,
  ],
  needs_level: () => [t`Your level in this mailbox does not allow this.`, t`Ask an administrator for a higher level.`],
  no_such_account: () => [
    t`This mailbox does not exist, or is not assigned to you.`,
    t`It may have been deleted in the meantime.`,
  ],
  no_such_user: () => [t`This user does not exist any more, or is not active.`, t`Please reload the page.`],
  name_taken: () => [t`Somebody else goes by this name.`, t`Add what tells the two of you apart.`],
  name_missing: () => [t`The name is missing.`, t`Enter one by which you will know it again.`],
  name_too_long: () => [t`This name is too long.`, t`It may have up to 100 characters.`],
  name_in_use: () => [t`This name is in use already.`, t`Please choose another one.`],
  receipt_answered: () => [t`This has been answered already.`, t`Somebody who shares the mailbox was quicker.`],
  receipt_not_sent: () => [t`The read receipt was not sent.`, t`Microsoft did not take it. Please try again later, or leave it.`],
  receipt_unsure: () => [t`It is not known whether the read receipt was sent.`, t`No answer came from Microsoft. It will not be sent again.`],
  too_long: () => [t`This is too long.`, t`Text and pictures together may have about 300 KB. Please leave something out or choose a smaller picture.`],
  too_many_boilerplates: () => [t`There are too many of these already.`, t`Delete one that is no longer needed first.`],
  files_too_large: () => [t`These files are too large.`, t`The files of a template may have 20 MB together, and all templates of an owner 200 MB.`],
  too_many_files: () => [t`A template can have 20 files at most.`, t`Remove one that is no longer needed first.`],
  no_such_file: () => [t`This file is not there any more.`, t`It may have been removed in the meantime.`],
  too_many_people: (error) => [t`These are too many addresses.`, t`There can be ${refusalText(error, "limit") || "500"} at most.`],
  members_missing: () => [t`The group has no address.`, t`Please add at least one.`],
  too_many_groups: () => [t`There are 100 groups already.`, t`Delete one that is no longer needed first.`],
  no_such_group: () => [t`This group does not exist any more.`, t`It may have been deleted in the meantime.`],
  too_many_picture_senders: () => [t`There are as many senders as can be kept.`, t`Remove one under Settings > My profile first.`],
  no_such_boilerplate: () => [t`This does not exist any more.`, t`It may have been deleted in the meantime.`],
  not_offered: () => [
    t`Microsoft does not let this sign-in see or set this.`,
    t`For a shared mailbox only the access by application may. An administrator sets it up on the page of the mailbox.`,
  ],
  not_connected: () => [t`This mailbox is not connected to Microsoft at the moment.`, t`Open it in the mail module and sign in; then try again.`],
  not_at_microsoft: () => [t`Microsoft cannot be asked just now.`, t`Please try again in a moment. Nothing was changed.`],
  own_address: () => [t`A mailbox cannot forward to itself.`, t`Enter another address.`],
  empty_text: () => [t`The note has no text.`, t`Write what people shall be answered, or switch it off.`],
  invalid_time: () => [t`This time cannot be used.`, t`It must end after it begins, and in the future.`],
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
