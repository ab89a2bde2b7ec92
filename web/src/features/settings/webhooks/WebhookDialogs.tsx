import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { AccountRow } from "@/api";
import { type NewWebhook, type Webhook, webhooks } from "@/api/webhooks";
import { useDeed } from "@/session";
import { Banner, Button, CopyButton, Dialog, Select, TextField } from "@/ui";
import { errorAt, FormDialog } from "../FormDialog";

const ALL = "all";

interface EditProps {
  /** null: a new one. */
  readonly webhook: Webhook | null;
  readonly mailboxes: readonly AccountRow[];
  readonly onClose: () => void;
  /** With what is told once, where it is a new one. */
  readonly onDone: (made: NewWebhook | null) => void;
}

export function EditWebhook({ webhook, mailboxes, onClose, onDone }: EditProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const [name, setName] = useState(webhook?.name ?? "");
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [account, setAccount] = useState(ALL);
  const save = async () => {
    let made: NewWebhook | null = null;
    const isDone = await deed.run(async () => {
      if (webhook) await webhooks.change(webhook.id, { name: name.trim(), url: url.trim() });
      else made = await webhooks.add(name.trim(), url.trim(), account === ALL ? null : account);
    });
    if (isDone) onDone(made);
  };
  return (
    <FormDialog
      title={webhook ? <Trans>Change the webhook {webhook.name}</Trans> : <Trans>New webhook</Trans>}
      button={webhook ? <Trans>Save webhook</Trans> : <Trans>Pass activities on</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      <TextField label={t`Name`} required maxLength={100} value={name} placeholder="CRM" error={errorAt(deed, "name")} onChange={({ target }) => setName(target.value)} />
      <TextField
        label={t`Address`}
        type="url"
        required
        value={url}
        placeholder="https://"
        spellCheck={false}
        error={errorAt(deed, "url")}
        hint={t`Where the program takes a POST. It must begin with https://.`}
        onChange={({ target }) => setUrl(target.value)}
      />
      {!webhook && (
        <>
          <Select
            isLabelShown
            label={t`Activities of`}
            value={account}
            onChange={setAccount}
            choices={[{ value: ALL, label: t`All mailboxes but VIP ones, later ones too` }, ...mailboxes.map(({ id, address }) => ({ value: id, label: address }))]}
          />
          <Banner tone="warning" title={t`These activities leave Poststelle`}>
            <Trans>The program gets names, addresses, subjects and first words of what is received and sent. Whoever is assigned to the mailbox sees that it is passed on.</Trans>
          </Banner>
        </>
      )}
    </FormDialog>
  );
}

/** What signs is shown once. */
export function SecretOf({ made, onClose }: { readonly made: NewWebhook; readonly onClose: () => void }) {
  const { t } = useLingui();
  const { webhook, secret } = made;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={<Trans>The secret of {webhook.name}</Trans>}
      actions={<Button variant="primary" onClick={onClose}><Trans>Done</Trans></Button>}
    >
      <div className="flex flex-col gap-4">
        <p><Trans>It is shown this once. With it the program knows that what it is told comes from here.</Trans></p>
        {webhook.has_former_secret && <p><Trans>The former one signs, too. Enter the new one in the program, then end the former here.</Trans></p>}
        <code className="block rounded-sm bg-sunken p-3 break-all select-all">{secret}</code>
        <div><CopyButton variant="primary" text={secret} label={t`Copy secret`} /></div>
      </div>
    </Dialog>
  );
}

interface SureProps {
  readonly webhook: Webhook;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function RemoveWebhook({ webhook, onClose, onDone }: SureProps) {
  const deed = useDeed();
  const remove = async () => {
    if (await deed.run(() => webhooks.remove(webhook.id))) onDone();
  };
  return (
    <FormDialog title={<Trans>Remove the webhook {webhook.name}?</Trans>} button={<Trans>Remove webhook</Trans>} variant="danger" deed={deed} onClose={onClose} onSubmit={() => void remove()}>
      <p><Trans>The program is told nothing more, not what still waits either. What it has already stays there.</Trans></p>
    </FormDialog>
  );
}

export function EndFormerSecret({ webhook, onClose, onDone }: SureProps) {
  const deed = useDeed();
  const end = async () => {
    if (await deed.run(() => webhooks.endFormer(webhook.id))) onDone();
  };
  return (
    <FormDialog title={<Trans>End the former secret of {webhook.name}?</Trans>} button={<Trans>End former secret</Trans>} variant="danger" deed={deed} onClose={onClose} onSubmit={() => void end()}>
      <p><Trans>From then on only the new one signs. If the program does not know it yet, it will refuse what it is told.</Trans></p>
    </FormDialog>
  );
}
