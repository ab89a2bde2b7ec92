import { t } from "@lingui/core/macro";

export type Next = "sign_in" | "approval" | "check" | "settings" | "mail";

/** One result page: what happened, what to do now, and where the button leads. */
export interface Outcome {
  readonly tone: "success" | "info" | "warning";
  readonly title: string;
  readonly cause: string;
  readonly remedy: string;
  readonly next: Next;
}

export interface OutcomeFacts {
  readonly address: string;
  readonly signedInAs: string | null;
  readonly code: number | null;
}

const outcomes: Readonly<Record<string, (facts: OutcomeFacts) => Outcome>> = {
  denied: () => ({
    tone: "info",
    title: t`The access was not granted`,
    cause: t`On Microsoft's page somebody chose “Cancel” when asked whether Poststelle may use the mailbox.`,
    remedy: t`Nothing was changed. To connect the mailbox, please sign in once more and accept the permissions.`,
    next: "sign_in",
  }),
  cancelled: () => ({
    tone: "info",
    title: t`The sign-in was cancelled`,
    cause: t`You came back from Microsoft's page without signing in.`,
    remedy: t`Nothing was changed. You can begin again at any time.`,
    next: "sign_in",
  }),
  approval_needed: () => ({
    tone: "warning",
    title: t`An administrator of your organisation must approve first`,
    cause: t`Your organisation's Microsoft 365 lets only administrators approve apps that read mail. That is the usual setting and has nothing to do with your password.`,
    remedy: t`Send the link below to the person who looks after Microsoft 365. It takes them about a minute, once for the whole organisation.`,
    next: "approval",
  }),
  approval_requested: () => ({
    tone: "info",
    title: t`The approval has been requested`,
    cause: t`Microsoft has sent your request to an administrator of your organisation.`,
    remedy: t`Once it is approved, please sign in again here. If it is urgent, send the administrator the link below.`,
    next: "approval",
  }),
  approved: () => ({
    tone: "success",
    title: t`The approval is there`,
    cause: t`The administrator has approved Poststelle for the organisation.`,
    remedy: t`One step is left: sign in at Microsoft for this mailbox.`,
    next: "sign_in",
  }),
  wrong_account: ({ address, signedInAs }) => ({
    tone: "warning",
    title: t`That was another account`,
    cause: signedInAs
      ? t`You signed in as ${signedInAs}, but this mailbox is ${address}. To be safe, nothing was connected.`
      : t`The account that signed in does not open ${address}. To be safe, nothing was connected.`,
    remedy: t`Please begin again and choose ${address} on Microsoft's page, or “Use another account” if it is not listed. If it is a shared mailbox that your own account may open, tick that below.`,
    next: "sign_in",
  }),
  no_access: ({ address, signedInAs }) => ({
    tone: "warning",
    title: t`This account may not open the mailbox`,
    cause: signedInAs
      ? t`You signed in as ${signedInAs}, but Microsoft does not open the shared mailbox ${address} for this account. Nothing was connected.`
      : t`Microsoft does not open the shared mailbox ${address} for this account. Nothing was connected.`,
    remedy: t`Ask the person who looks after Microsoft 365 for full access to the mailbox, or sign in with an account that has it. New rights take up to an hour.`,
    next: "sign_in",
  }),
  no_mailbox: ({ address }) => ({
    tone: "warning",
    title: t`There is no mailbox at Microsoft for this account`,
    cause: t`The sign-in worked, but Microsoft has no mailbox for ${address}: it may lack a licence, or its mail is on a server of your own.`,
    remedy: t`Ask the person who looks after Microsoft 365 whether the account has an Exchange Online mailbox. Afterwards, sign in again.`,
    next: "sign_in",
  }),
  blocked: () => ({
    tone: "warning",
    title: t`A rule of your organisation blocks the sign-in`,
    cause: t`Microsoft refused because of a security rule, for example about the device, the place or the app.`,
    remedy: t`Ask the person who looks after Microsoft 365 to allow Poststelle, and pass on the text under “Details”. Or sign in from a device of your organisation.`,
    next: "sign_in",
  }),
  app_settings: () => ({
    tone: "warning",
    title: t`Poststelle is not set up correctly at Microsoft`,
    cause: t`Microsoft does not accept the app's data: client ID, secret, tenant or redirect URI do not fit.`,
    remedy: t`Your administrator corrects them under Settings > Basic settings > Microsoft. The text under “Details” says which.`,
    next: "settings",
  }),
  expired: () => ({
    tone: "info",
    title: t`The sign-in took too long`,
    cause: t`The way to Microsoft and back is open for a few minutes only, and only once, for the person who began it.`,
    remedy: t`Nothing was changed. Please begin again.`,
    next: "sign_in",
  }),
  failed: () => ({
    tone: "warning",
    title: t`The sign-in did not work`,
    cause: t`Microsoft could not complete it just now.`,
    remedy: t`Please try again in a moment. If it happens again, pass the text under “Details” to your administrator.`,
    next: "sign_in",
  }),
};

/** The page for an outcome of the way back from Microsoft; unknown ones read as "failed". */
export function describeOutcome(name: string, facts: OutcomeFacts): Outcome {
  const known = Object.hasOwn(outcomes, name) ? outcomes[name] : outcomes["failed"];
  if (!known) throw new Error("the outcome 'failed' is always described");
  const outcome = known(facts);
  return facts.code === 7000222
    ? { ...outcome, cause: t`The app's secret at Microsoft has expired; all mailboxes need a new one.`, next: "settings" }
    : outcome;
}
