import { Trans, useLingui } from "@lingui/react/macro";
import { BellRing } from "lucide-react";
import { type FormEvent, useState } from "react";
import { type AccountRow, type Alerts as Channels, type AlertsTold, ApiError } from "@/api";
import { admin } from "@/api/admin";
import { isSameAddress } from "@/lib/address";
import { ErrorNote, explain, LoadError, useDeed, useMe, useResource } from "@/session";
import { Banner, Button, CopyButton, Group, Select, SkeletonRows, TextArea, TextField, showToast } from "@/ui";
import { FormDialog } from "./FormDialog";
import { ProofFields, useProof } from "./security/proof";

const NONE = "none";
const AT_FIELDS = new Set(["mail_to", "webhook_url", "proof", "code", "passkey"]);

/** Whether somebody is told no more, or elsewhere: that takes a proof (`settings/alerts.py`). */
function isForFewer(before: Channels, wanted: Channels): boolean {
  if (before.webhook_url !== null && wanted.webhook_url !== before.webhook_url) return true;
  if (before.mailbox === null || before.mail_to.length === 0) return false;
  return wanted.mailbox !== before.mailbox || before.mail_to.some((one) => !wanted.mail_to.some((other) => isSameAddress(other, one)));
}

/** Who is told outside the page of what needs a person. */
export function Alerts() {
  const { t } = useLingui();
  const { resource, reload, patch } = useResource("alerts", admin.alerts);
  const mailboxes = useResource("external accounts", () => admin.accounts("external"));
  const [secret, setSecret] = useState<string | null>(null);
  const isReady = resource.status === "ready" && mailboxes.resource.status === "ready";
  return (
    <Group title={<Trans>Alerts</Trans>} intro={<Trans>What has needed a person for five minutes is told, once, and once when it is over.</Trans>}>
      {resource.status === "failed" && <LoadError error={resource.error} onRetry={() => void reload()} />}
      {!isReady && resource.status !== "failed" && <SkeletonRows rows={3} />}
      {secret !== null && (
        <Banner tone="info" className="mb-4" title={t`The secret that signs webhooks. It is shown this once.`}>
          <span className="flex flex-wrap items-center gap-2"><code className="break-all">{secret}</code><CopyButton text={secret} /></span>
        </Banner>
      )}
      {resource.status === "ready" && mailboxes.resource.status === "ready" && (
        <Form
          key={JSON.stringify(resource.data)} channels={resource.data} mailboxes={mailboxes.resource.data}
          onSaved={(fresh, made) => { patch(() => fresh); setSecret(made); }}
        />
      )}
    </Group>
  );
}

interface FormProps {
  readonly channels: Channels;
  readonly mailboxes: readonly AccountRow[];
  readonly onSaved: (fresh: Channels, secret: string | null) => void;
}

function Form({ channels, mailboxes, onSaved }: FormProps) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const deed = useDeed();
  const trial = useDeed();
  const proof = useProof();
  const [isRenewing, setRenewing] = useState(false);
  const [told, setTold] = useState<AlertsTold | null>(null);
  const [form, setForm] = useState({ mailbox: channels.mailbox ?? NONE, to: channels.mail_to.join("\n") || me.email, url: channels.webhook_url ?? "" });
  const [isChanged, setChanged] = useState(false);
  const set = (change: Partial<typeof form>): void => {
    setForm({ ...form, ...change });
    setChanged(true);
    deed.clear();
  };
  const put = async (wanted: Channels): Promise<void> => {
    const proven = isForFewer(channels, wanted) ? { proof: await proof.get() } : {};
    const { secret, ...fresh } = await admin.setAlerts({ ...wanted, wants_secret: false, ...proven });
    onSaved(fresh, secret);
  };
  const language = i18n.locale === "de" ? "de" : "en";
  const wanted = (): Channels => ({
    mailbox: form.mailbox === NONE ? null : form.mailbox, language, webhook_url: form.url.trim() || null,
    mail_to: form.mailbox === NONE ? [] : form.to.split(/[\s,;]+/u).filter((each) => each !== ""),
  });
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const now = wanted();
    const undo = isForFewer(now, channels) ? undefined : () => { void deed.run(() => put(channels)); };
    if (await deed.run(() => put(now))) showToast(t`Alerts saved`, undo);
  };
  const tryOut = (): void => { void trial.run(async () => { setTold(await admin.tryAlerts()); }); };
  const field = deed.error instanceof ApiError ? deed.error.field : null;
  const at = (name: string): string | undefined => (field === name ? wrongWords(deed.error) : undefined);
  const isSet = channels.mailbox !== null || channels.webhook_url !== null;
  return (
    <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4" noValidate>
      {deed.error !== null && (field === null || !AT_FIELDS.has(field)) && <ErrorNote error={deed.error} />}
      <Select
        label={t`Sent from the mailbox`} isLabelShown value={form.mailbox} onChange={(mailbox) => { set({ mailbox }); }} className="w-96 max-w-full"
        choices={[{ value: NONE, label: t`no mail` }, ...mailboxes.filter(({ type }) => type !== "local").map(({ id, address }) => ({ value: id, label: address }))]}
      />
      {form.mailbox !== NONE && (
        <TextArea
          label={t`To`} rows={2} value={form.to} spellCheck={false} className="max-w-md" error={at("mail_to")} onChange={({ target }) => { set({ to: target.value }); }}
          hint={t`A line for each address. Choose addresses that you read also when these mailboxes stand still.`}
        />
      )}
      <TextField
        label={t`Webhook`} type="url" value={form.url} className="max-w-2xl" placeholder="https://" error={at("webhook_url")} onChange={({ target }) => { set({ url: target.value }); }}
        hint={t`Gets a signed POST with what has happened, for a chat or a monitoring system.`}
      />
      {isChanged && isForFewer(channels, wanted()) && (
        <div className="flex max-w-md flex-col gap-4">
          <p className="text-muted">{t`Somebody who is told now is not told any more.`}</p>
          <ProofFields form={proof} deed={deed} field="proof" />
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button variant="primary" type="submit" isBusy={deed.isBusy} disabled={!isChanged}>{t`Save alerts`}</Button>
        {isSet && <Button icon={<BellRing size={16} aria-hidden />} isBusy={trial.isBusy} onClick={tryOut}>{t`Send a trial`}</Button>}
        {channels.webhook_url !== null && <Button variant="ghost" onClick={() => { setRenewing(true); }}>{t`New secret for the webhook`}</Button>}
      </div>
      {trial.error !== null && <ErrorNote error={trial.error} />}
      {isRenewing && <NewSecret channels={channels} onClose={() => { setRenewing(false); }} onSaved={onSaved} />}
      <div role="status">{told && <Told told={told} />}</div>
    </form>
  );
}

/** Until the receiver knows it, what is sent to it is not believed there. */
function NewSecret({ channels, onClose, onSaved }: { readonly channels: Channels; readonly onClose: () => void; readonly onSaved: FormProps["onSaved"] }) {
  const { t } = useLingui();
  const deed = useDeed();
  const proof = useProof();
  const renew = () => deed.run(async () => {
    const { secret, ...fresh } = await admin.setAlerts({ ...channels, wants_secret: true, proof: await proof.get() });
    onClose();
    onSaved(fresh, secret);
  });
  return (
    <FormDialog title={t`New secret for the webhook`} button={t`Make a new secret`} deed={deed} onClose={onClose} onSubmit={() => void renew()}>
      <p className="text-muted">{t`Whoever receives the webhook believes nothing until they know the new secret.`}</p>
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}

function wrongWords(error: unknown): string {
  const { title, remedy } = explain(error);
  return `${title} ${remedy}`;
}

function Told({ told }: { readonly told: AlertsTold }) {
  const { t } = useLingui();
  const lines = [
    [t`Mail`, told.mail],
    [t`Webhook`, told.webhook],
  ] as const;
  return (
    <ul className="text-list">
      {lines.filter(([, problem]) => problem !== "not_set").map(([name, problem]) => (
        <li key={name} className={problem === null ? "text-success" : "text-danger"}>
          {name}: {problem === null ? t`taken` : t`not taken (${problem})`}
        </li>
      ))}
    </ul>
  );
}
