import { Trans, useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { SideSheet } from "@/ui";

/** The help beside the settings. */
export function MicrosoftHelpSheet({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { t } = useLingui();
  return (
    <SideSheet isOpen={isOpen} onClose={onClose} title={t`Microsoft 365 mailboxes`}>
      <HelpText />
    </SideSheet>
  );
}

/** The same help at its own address, to be linked and printed. */
export function MicrosoftHelpPage() {
  const { t } = useLingui();
  return (
    <main tabIndex={0} aria-label={t`Help`} className="min-h-0 grow overflow-y-auto outline-none">
      <article className="mx-auto max-w-2xl px-5 py-8 phone:py-12">
        <h1 className="mb-4 text-page font-semibold">
          <Trans>Microsoft 365 mailboxes</Trans>
        </h1>
        <HelpText />
      </article>
    </main>
  );
}

function Section({ title, children }: { readonly title: ReactNode; readonly children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3">
      <h2 className="text-reading font-semibold">{title}</h2>
      {children}
    </section>
  );
}

const List = ({ children }: { readonly children: ReactNode }) => (
  <ul className="flex list-disc flex-col gap-1.5 pl-5 marker:text-muted">{children}</ul>
);

const Steps = ({ children }: { readonly children: ReactNode }) => (
  <ol className="flex list-decimal flex-col gap-1.5 pl-5 marker:text-muted">{children}</ol>
);

function HelpText() {
  return (
    <div className="flex flex-col gap-8 text-reading">
      <HowItWorks />
      <WhoReads />
      <WhatMayDiffer />
      <Approval />
      <Registration />
      <States />
    </div>
  );
}

function HowItWorks() {
  return (
    <Section title={<Trans>How it works</Trans>}>
      <p>
        <Trans>
          Mailboxes at Microsoft 365, Exchange Online and Outlook.com are connected directly with Microsoft. Setting one
          up has two parts:
        </Trans>
      </p>
      <Steps>
        <li>
          <Trans>
            An administrator enters the complete address, presses “Import Office 365” and assigns users. Microsoft is
            not contacted yet.
          </Trans>
        </li>
        <li>
          <Trans>
            An assigned user opens the mailbox in the mail module and signs in at Microsoft once. The password is only
            typed on Microsoft's page; Poststelle never sees it.
          </Trans>
        </li>
      </Steps>
      <p>
        <Trans>
          From then on all assigned users work with the mailbox. New mail, folders and every change are kept the same
          here and at Microsoft.
        </Trans>
      </p>
    </Section>
  );
}

function WhoReads() {
  return (
    <Section title={<Trans>Who can read the mailbox</Trans>}>
      <p>
        <Trans>
          All assigned users can read the whole content, even if they have no access to the Microsoft account. Only the
          assignment decides; when it is removed, access ends at once, in open windows too.
        </Trans>
      </p>
      <p>
        <Trans>
          That is why the warning appears twice: when the mailbox is created and when somebody signs in at Microsoft.
          Who confirmed it, and when, is kept in the audit trail.
        </Trans>
      </p>
    </Section>
  );
}

function WhatMayDiffer() {
  return (
    <Section title={<Trans>What may differ from Outlook, and why</Trans>}>
      <p>
        <Trans>
          Several programs may use the same mailbox: Outlook, a phone, Poststelle. Microsoft's copy is always the one
          that counts. For a short while a program may still show an older state:
        </Trans>
      </p>
      <List>
        <li>
          <Trans>
            Unread counts and folders: a change made elsewhere appears here with the next synchronisation. “Last
            synchronised” shows when that was; the refresh button fetches at once.
          </Trans>
        </li>
        <li>
          <Trans>
            Your own changes show here at once and reach Microsoft a moment later, in order. If Microsoft refuses one,
            it is taken back here and the mailbox says why.
          </Trans>
        </li>
        <li>
          <Trans>
            If two programs change the same message at the same time, the change that has reached Microsoft last counts,
            always. Nothing is overwritten silently.
          </Trans>
        </li>
        <li>
          <Trans>
            Conversations are grouped by Poststelle itself and may be cut differently than in Outlook. Outlook's focused
            inbox, pinned messages and categories' colours stay in Outlook.
          </Trans>
        </li>
        <li>
          <Trans>
            While a large mailbox is being loaded for the first time, the newest messages come first; the count of
            loaded messages is shown meanwhile.
          </Trans>
        </li>
      </List>
      <p>
        <Trans>The same holds for every type of mailbox.</Trans>
      </p>
    </Section>
  );
}

function Approval() {
  return (
    <Section title={<Trans>When Microsoft asks for an administrator's approval</Trans>}>
      <p>
        <Trans>
          For work accounts this is the normal case: most organisations let only administrators approve apps that read
          mail. It has to be done once for the whole organisation.
        </Trans>
      </p>
      <Steps>
        <li>
          <Trans>Open the mailbox and sign in. Poststelle recognises Microsoft's answer and prepares a link.</Trans>
        </li>
        <li>
          <Trans>Copy the link or send it by e-mail to the person who looks after Microsoft 365 for you.</Trans>
        </li>
        <li>
          <Trans>That person opens it, signs in with an administrator account and accepts the permissions.</Trans>
        </li>
        <li>
          <Trans>Sign in again at Microsoft for the mailbox. Done.</Trans>
        </li>
      </Steps>
      <p>
        <Trans>
          The permissions hold “on behalf of the person who signs in”: Poststelle reaches only mailboxes whose owner has
          signed in, never all mailboxes of the organisation. Addresses at outlook.com, hotmail.com or live.com belong
          to a person; there the owner approves alone.
        </Trans>
      </p>
    </Section>
  );
}

function Registration() {
  return (
    <Section title={<Trans>For the operator: registering Poststelle at Microsoft</Trans>}>
      <Steps>
        <li>
          <Trans>
            In the Microsoft Entra admin centre choose App registrations, New registration. Choose who may sign in; for
            work accounts and Outlook.com together: “Accounts in any organizational directory and personal Microsoft
            accounts”.
          </Trans>
        </li>
        <li>
          <Trans>
            As redirect URI choose the platform “Web” (not “Single-page application”) and paste both addresses shown
            under Settings &gt; Basic settings &gt; Microsoft, letter by letter.
          </Trans>
        </li>
        <li>
          <Trans>
            Under API permissions add the delegated permissions of Microsoft Graph that are listed there.
          </Trans>
        </li>
        <li>
          <Trans>
            Under Certificates &amp; secrets create a client secret and copy its value (not its ID), or upload a
            certificate. Note when it ends: without a new one, all mailboxes stop on that day.
          </Trans>
        </li>
        <li>
          <Trans>Enter client ID, secret and tenant in the Microsoft settings of Poststelle.</Trans>
        </li>
      </Steps>
    </Section>
  );
}

function States() {
  const states: readonly (readonly [ReactNode, ReactNode])[] = [
    [
      <Trans key="w">Waiting for sign-in</Trans>,
      <Trans key="wt">The mailbox exists; nobody has signed in at Microsoft for it yet.</Trans>,
    ],
    [<Trans key="c">Connected</Trans>, <Trans key="ct">Mail is kept the same here and at Microsoft.</Trans>],
    [
      <Trans key="s">Sign-in needed</Trans>,
      <Trans key="st">
        Microsoft no longer accepts the sign-in, for example after a new password. What has been loaded stays readable;
        open the mailbox and sign in again.
      </Trans>,
    ],
    [
      <Trans key="i">Inactive</Trans>,
      <Trans key="it">The option “Active” is off: nothing new is fetched. Sending stays possible.</Trans>,
    ],
  ];
  return (
    <Section title={<Trans>What the states mean</Trans>}>
      <dl className="flex flex-col gap-2">
        {states.map(([name, meaning], index) => (
          <div key={index} className="grid gap-x-4 phone:grid-cols-[180px_1fr]">
            <dt className="font-medium">{name}</dt>
            <dd className="text-muted">{meaning}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
