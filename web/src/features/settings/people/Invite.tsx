import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type User } from "@/api";
import { admin } from "@/api/admin";
import { invitations, type NewInvitation } from "@/api/invitations";
import { useDates } from "@/i18n";
import { useDeed, useResource } from "@/session";
import { Banner, Button, CopyButton, Dialog, Select } from "@/ui";
import { errorAt, FormDialog } from "../FormDialog";
import { ProofFields, useProof } from "../security/proof";

const NONE = "none";

interface InviteProps {
  readonly user: User;
  readonly onClose: () => void;
  /** A link was made: the list says so. */
  readonly onDone: () => void;
}

/** Makes the link by which somebody chooses their password, and sends it where that is wanted. */
export function Invite({ user, onClose, onDone }: InviteProps) {
  const { t, i18n } = useLingui();
  const deed = useDeed();
  const { resource } = useResource("external accounts", () => admin.accounts("external"));
  const [mailbox, setMailbox] = useState(NONE);
  const [made, setMade] = useState<NewInvitation | null>(null);
  const connected = resource.status === "ready" ? resource.data.filter(({ state }) => state === "connected") : [];
  const mayMail = user.email !== "" && !user.may_settings && connected.length > 0;
  const proof = useProof();
  const invite = async () => {
    const language = i18n.locale === "de" ? "de" : "en";
    await deed.run(async () => setMade(await invitations.invite(user.id, { mailbox: mailbox === NONE ? null : mailbox, language, ...(user.may_settings && { proof: await proof.get() }) })));
  };
  if (made !== null) return <Made user={user} made={made} onClose={onDone} />;
  return (
    <FormDialog
      title={<Trans>Invite {user.name}</Trans>}
      button={<Trans>Make the link</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void invite()}
    >
      <p className="text-muted">
        <Trans>With the link {user.name} chooses a password and is logged in. It is good once and for seven days; an earlier link ends.</Trans>
      </p>
      {mayMail && (
        <Select
          label={t`Send the link to ${user.email}`}
          hint={t`No copy stays in the mailbox.`}
          isLabelShown
          value={mailbox}
          onChange={setMailbox}
          choices={[{ value: NONE, label: t`no: I hand it on myself` }, ...connected.map(({ id, address }) => ({ value: id, label: t`yes, from ${address}` }))]}
        />
      )}
      {errorAt(deed, "email") && <p role="alert" className="text-danger">{errorAt(deed, "email")}</p>}
      {user.may_settings && (
        <p className="text-muted">
          <Trans>With this link one becomes an administrator, and mailboxes are shared: hand it on yourself.</Trans>
        </p>
      )}
      {user.email === "" && !user.may_settings && (
        <p className="text-muted">
          <Trans>There is no e-mail address of this person, so hand on the link yourself.</Trans>
        </p>
      )}
      {user.may_settings && <ProofFields form={proof} deed={deed} field="proof" />}
    </FormDialog>
  );
}

function Made({ user, made, onClose }: { readonly user: User; readonly made: NewInvitation; readonly onClose: () => void }) {
  const { t } = useLingui();
  const { day } = useDates();
  const until = day(made.expires_at);
  return (
    <Dialog isOpen onClose={onClose} title={<Trans>The invitation of {user.name}</Trans>} actions={<Button variant="primary" onClick={onClose}><Trans>Done</Trans></Button>}>
      <div className="flex flex-col gap-4">
        {made.mailed_to !== null && <Banner tone="success" title={t`The link was sent to ${made.mailed_to}.`} />}
        {made.mail_problem !== null && (
          <Banner tone="warning" title={t`The link could not be sent.`}>
            <p><Trans>Hand it on yourself. What Microsoft says: {made.mail_problem}</Trans></p>
          </Banner>
        )}
        <p>
          <Trans>The link is shown this once. Give it to {user.name} alone: whoever has it logs in as {user.name}. It is good until {until}.</Trans>
        </p>
        <code className="block rounded-sm bg-sunken p-3 break-all select-all">{made.link}</code>
        <div><CopyButton variant="primary" text={made.link} label={t`Copy link`} /></div>
      </div>
    </Dialog>
  );
}

/** The link is good for nothing from then on. */
export function RevokeInvitation({ user, onClose, onDone }: InviteProps) {
  const deed = useDeed();
  const revoke = async () => {
    if (await deed.run(() => invitations.revoke(user.id))) onDone();
  };
  return (
    <FormDialog
      title={<Trans>Take back the invitation of {user.name}?</Trans>}
      button={<Trans>Take back</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void revoke()}
    >
      <p><Trans>The link no longer works. You can make a new one at any time.</Trans></p>
    </FormDialog>
  );
}
