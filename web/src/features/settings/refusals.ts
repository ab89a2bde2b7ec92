/** What the server refuses on the settings pages, in words. */
import { t } from "@lingui/core/macro";
import { type Refusals, refusalText } from "@/session";

export const settingsRefusals: Refusals = {
  application_tenant_missing: () => [
    t`The organisation is not entered yet.`,
    t`Enter it under Settings > Basic settings > Microsoft, in step 6.`,
  ],
  application_refused: () => [
    t`This organisation has not let the application in.`,
    t`Its administrator at Microsoft opens the approval link in the Microsoft settings; then try again.`,
  ],
  application_no_access: () => [
    t`The application may not open this mailbox.`,
    t`Its permissions are missing, or a rule of Exchange keeps it out. Ask the person who looks after Microsoft 365.`,
  ],
  control_is_chosen: () => [t`The control mailbox is one of the chosen ones.`, t`Name another mailbox, which Poststelle must not be able to open.`],
  too_many_sign_ins: () => [t`This mailbox has as many sign-ins as it can have.`, t`Remove one first.`],
  no_such_sign_in: () => [t`This sign-in is no longer there.`, t`It was renewed or removed in the meantime.`],
  invalid_list: () => [t`The list is empty or too long.`, t`Give 1 to 1,000 addresses, a line each.`],
  too_many_passkeys: () => [t`There are 20 passkeys already.`, t`Remove one that is no longer needed first.`],
  no_such_second_factor: () => [t`This does not exist any more.`, t`Please reload the page.`],
  no_second_factor: () => [t`You have no second factor.`, t`Set one up first.`],
  second_factor_required: () => [t`A second factor is required here.`, t`Set up another one before you remove this one.`],
  duplicate_address: () => [t`This mailbox has already been added.`, t`You find it in the list below.`],
  address_mismatch: () => [t`The address does not match.`, t`Type it exactly as shown above.`],
  invalid_issuer: () => [t`This is not the address of an issuer.`, t`It begins with https:// and stands in the provider's documents as “issuer”.`],
  invalid_client: () => [t`This client ID cannot be used.`, t`Copy it again from the provider; it has no blanks.`],
  no_such_identity: () => [t`This person has never come by single sign-on.`, t`Please reload the page.`],
  no_such_team: () => [t`There is no such group of users any more.`, t`Please reload the page.`],
  too_many_teams: () => [t`There are 200 groups of users already.`, t`Delete one that is no longer needed first.`],
  has_password: () => [t`This person has a password already.`, t`An invitation is for those who have none; you can set a new password for them.`],
  no_such_invitation: () => [t`There is no open invitation any more.`, t`It was used or taken back in the meantime. Please reload the page.`],
  hand_on_yourself: () => [t`An administrator's link is not mailed: mailboxes are shared.`, t`Make the link without a mailbox and hand it on yourself.`],
  email_missing: () => [t`There is no e-mail address of this person.`, t`Enter it under “Change …” first, or hand on the link yourself.`],
  duplicate_login: () => [t`This login name is already taken.`, t`Please choose another one.`],
  last_administrator: () => [
    t`Somebody must keep the right for the basic settings.`,
    t`Give it to another user first.`,
  ],
  still_waiting: () => [t`Messages or changes of this mailbox are still to go to Microsoft.`, t`Wait until they are through, or discard them.`],
  user_exists: () => [t`This user is still here.`, t`Delete the user first: the audit trail names everybody who works here.`],
  not_oneself: () => [t`You cannot delete your own user.`, t`Ask another administrator to do it.`],
  invalid_certificate: (error) => [t`This certificate cannot be used.`, certificateRemedy(refusalText(error, "reason"))],
  invalid_tenant: () => [
    t`This is not a tenant.`,
    t`Enter the tenant's ID or one of its domains, such as example.onmicrosoft.com.`,
  ],
  invalid_client_id: () => [
    t`This is not a client ID.`,
    t`Copy the “Application (client) ID” of the app registration: 36 characters with hyphens.`,
  ],
  invalid_secret: () => [t`This is not a client secret.`, t`It is one line without blanks. Please copy its value again.`],
  secret_is_its_id: () => [t`This is the ID of the secret.`, t`Copy the column “Value” beside it.`],
  invalid_date: () => [t`This is not a date.`, t`Please choose a day.`],
  invalid_months: () => [t`This number of months cannot be used.`, t`Choose between 1 and 240 months, or all mail.`],
  no_such_archive: () => [t`There is no such archive any more.`, t`Please reload the page.`],
  mailbox_is_there: () => [t`The archive is deleted together with its mailbox.`, t`Delete the mailbox here, and say there that its archive goes, too.`],
  removal_not_confirmed: () => [t`By now there are copies of older messages that would be removed here.`, t`Look at their number, then confirm or cancel.`],
  invalid_hours: () => [t`These hours cannot be used.`, t`Choose at least one day, and both times.`],
  too_many_hours: () => [t`These are too many quiet times.`, t`There can be 14 at most; one can hold for several days.`],
  invalid_time_zone: () => [t`The server does not know your time zone.`, t`Please look at the time zone of your device.`],
  invalid_phone: () => [t`This phone number cannot be used.`, t`It may have up to 100 characters in one line.`],
  invalid_position: () => [t`This position cannot be used.`, t`It may have up to 100 characters in one line.`],
  no_mailboxes: () => [t`No mailbox is chosen.`, t`Choose at least one, or all.`],
  no_such_token: () => [t`This access does not exist any more.`, t`Please reload the page.`],
  no_messages: () => [t`There is no message in this file.`, t`Choose an mbox file, EML files, or a ZIP archive of such files.`],
  message_too_large: () => [
    t`A message in this file is too large.`,
    t`Messages may have up to 150 MB. Those before it were imported; take it out of the file to import the others.`,
  ],
  broken_archive: () => [
    t`This ZIP archive cannot be read to its end.`,
    t`It is incomplete, encrypted or packed in another way. Messages before that place were imported.`,
  ],
  too_many_folders: () => [
    t`There are too many folders in this file.`,
    t`A mailbox gets up to 500 by an import. Messages before that place were imported.`,
  ],
  broken_off: () => [t`The transfer broke off.`, t`Messages that had come before were imported.`],
  octets_gone: () => [t`Some of the file was lost on its way.`, t`Please import it again.`],
  too_many_exports: () => [t`Exports are under way already.`, t`Please wait until one has ended.`],
  too_many_imports: () => [t`You are importing files already.`, t`Please wait until one has been imported.`],
  too_many_tokens: () => [t`There are 50 accesses already.`, t`Revoke one that is no longer needed first.`],
  invalid_url: () => [t`Nothing can be sent to this address.`, t`It begins with https:// and leads to a public server, or to one that the operator has allowed.`],
  too_many_webhooks: () => [t`There are 20 webhooks already.`, t`Remove one that is no longer needed first.`],
  no_such_webhook: () => [t`There is no such webhook any more.`, t`Please reload the page.`],
  no_such_delivery: () => [t`This is not in the list any more.`, t`Please reload the page.`],
  webhook_unreadable: () => [t`The key of this webhook is gone.`, t`Remove the webhook and add it anew.`],
  record_erased: () => [t`This activity does not exist any more.`, t`There is nothing to send.`],
  not_recorded: () => [t`This mailbox has no activities.`, t`Have its messages recorded first.`],
  no_such_grant: () => [t`This user is no longer assigned.`, t`Please reload the page.`],
};

function certificateRemedy(reason: string): string {
  const remedies: Readonly<Record<string, () => string>> = {
    no_certificate: () => t`Paste it in PEM form, including the BEGIN CERTIFICATE and END CERTIFICATE lines.`,
    no_key: () => t`Paste its private key below it, without a password.`,
    not_a_pair: () => t`The private key belongs to another certificate.`,
    not_rsa: () => t`Microsoft accepts RSA keys only.`,
    key_too_short: () => t`The key must have at least 2048 bits.`,
  };
  return remedies[reason]?.() ?? t`Paste one certificate and its private key in PEM form.`;
}
