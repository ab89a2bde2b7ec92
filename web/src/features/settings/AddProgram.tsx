import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type AccountId, type Administration, type Level, type Mailbox } from "@/api";
import { admin } from "@/api/admin";
import { useDeed } from "@/session";
import { Banner, Button, Checkbox, CopyButton, Dialog, Select, TextField } from "@/ui";
import { levelChoices } from "./AssignedUsers";
import { errorAt, FormDialog } from "./FormDialog";
import { ProofFields, useProof } from "./security/proof";

interface AddProps {
  readonly login: string;
  readonly mayAdminister: boolean;
  readonly mailboxes: readonly Mailbox[];
  readonly onClose: () => void;
  readonly onMade: () => void;
}

const FOREVER = "0";
const FRESH = { name: "", level: "send" as Level, isAll: true, days: FOREVER, administration: "none" as Administration };

/** Name a program and say what it may; then its secret is shown, this once. */
export function AddProgram({ login, mayAdminister, mailboxes, onClose, onMade }: AddProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const [secret, setSecret] = useState<string | null>(null);
  const [form, setForm] = useState(FRESH);
  const proof = useProof();
  const [chosen, setChosen] = useState<ReadonlySet<AccountId>>(new Set());
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const toggle = (id: AccountId) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const make = () =>
    deed.run(async () => {
      const { name, level, isAll, administration } = form;
      const days = form.days === FOREVER ? null : Number(form.days);
      const mailboxes = isAll ? null : [...chosen];
      const made = await admin.addToken({ name, level, ...(await proof.get()), days, mailboxes, administration });
      setSecret(made.secret);
      onMade();
    });
  if (secret !== null) {
    const administers = form.administration !== "none";
    return <Secret login={login} name={form.name} secret={secret} administers={administers} onClose={onClose} />;
  }
  const noMailbox = errorAt(deed, "mailboxes");
  return (
    <FormDialog
      title={<Trans>Add program</Trans>}
      button={<Trans>Create access</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void make()}
    >
      <TextField
        label={t`Name of the program`}
        hint={t`By which you will know it again, such as “Mail on my phone”.`}
        required
        maxLength={100}
        value={form.name}
        error={errorAt(deed, "name")}
        onChange={(event) => set({ name: event.target.value })}
      />
      <Select<Level>
        label={t`What it may do`}
        isLabelShown
        hint={t`Never more than you may yourself.`}
        value={form.level}
        onChange={(level) => set({ level })}
        choices={levelChoices()}
      />
      {mayAdminister && (
        <Select<Administration>
          label={t`Administration`}
          isLabelShown
          hint={t`Users, mailboxes, options and audit, for scripts. Leave all mailboxes unticked if it needs no mail.`}
          value={form.administration}
          onChange={(administration) => set({ administration, isAll: administration === "none" && form.isAll })}
          choices={[
            { value: "none", label: t`nothing` },
            { value: "read", label: t`see everything` },
            { value: "write", label: t`see and change everything` },
          ]}
        />
      )}
      <fieldset className="flex flex-col gap-1">
        <legend className="mb-1 text-list font-medium">
          <Trans>Mailboxes</Trans>
        </legend>
        <Checkbox
          label={t`All my mailboxes`}
          hint={t`Those assigned to you later too.`}
          checked={form.isAll}
          onChange={(event) => set({ isAll: event.target.checked })}
        />
        {!form.isAll &&
          mailboxes.map(({ id, address }) => (
            <Checkbox key={id} label={address} className="ml-6 wrap-anywhere" checked={chosen.has(id)} onChange={() => toggle(id)} />
          ))}
        {noMailbox && <p className="text-list text-danger">{noMailbox}</p>}
      </fieldset>
      <Select
        label={t`Valid`}
        isLabelShown
        value={form.days}
        onChange={(days) => set({ days })}
        choices={[
          { value: FOREVER, label: t`until I revoke it` },
          { value: "30", label: t`30 days` },
          { value: "365", label: t`one year` },
        ]}
      />
      <ProofFields form={proof} deed={deed} />
    </FormDialog>
  );
}

interface SecretProps {
  readonly login: string;
  readonly name: string;
  readonly secret: string;
  readonly administers: boolean;
  readonly onClose: () => void;
}

function Secret({ login, name, secret, administers, onClose }: SecretProps) {
  const { t } = useLingui();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={<Trans>Enter this in {name}</Trans>}
      actions={
        <Button variant="primary" onClick={onClose}>
          <Trans>Done</Trans>
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Banner tone="warning" title={t`The password below is shown only now.`}>
          <Trans>Should it get lost, revoke the access and add the program anew.</Trans>
        </Banner>
        <Entry label={t`Server (JMAP)`} value={`${location.origin}/jmap/session`} />
        {administers && <Entry label={t`Administration API`} value={`${location.origin}/api/v1`} />}
        <Entry label={t`Login name`} value={login} />
        <Entry label={t`Password or token`} value={secret} />
      </div>
    </Dialog>
  );
}

function Entry({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className="flex items-end gap-2">
      <TextField label={label} readOnly value={value} onFocus={(event) => event.target.select()} className="grow" />
      <CopyButton text={value} />
    </div>
  );
}
