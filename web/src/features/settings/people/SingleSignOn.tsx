import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type User } from "@/api";
import { type Provider, type SingleSignOn as Settings, singleSignOn } from "@/api/single-sign-on";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Button, Checkbox, CopyButton, TextField } from "@/ui";
import { errorAt, FormDialog } from "../FormDialog";
import { Group } from "../Page";
import { ProofFields, useProof } from "../security/proof";

/** The provider at which people sign on for many programs at once. */
export function SingleSignOn() {
  const { resource, patch } = useResource("single sign-on", singleSignOn.get);
  const [open, setOpen] = useState<"change" | "remove" | null>(null);
  if (resource.status === "loading") return null;
  if (resource.status === "failed") return <ErrorNote error={resource.error} />;
  const { provider } = resource.data;
  const take = (fresh: Settings) => {
    patch(() => fresh);
    setOpen(null);
  };
  return (
    <Group
      title={<Trans>Single sign-on</Trans>}
      intro={<Trans>People log in with the account of their organisation (OpenID Connect): Microsoft Entra ID, Keycloak, Google and others. Passwords here stay valid for those who have one.</Trans>}
      side={<Button onClick={() => setOpen("change")}>{provider === null ? <Trans>Set up single sign-on …</Trans> : <Trans>Change single sign-on …</Trans>}</Button>}
    >
      {provider === null ? (
        <p className="text-muted"><Trans>Not set up.</Trans></p>
      ) : (
        <div className="flex flex-col gap-2">
          <p className="font-medium">{provider.name}</p>
          <p className="text-list break-all text-muted">{provider.issuer}</p>
          <p className="text-list text-muted">
            {provider.creates_users ? <Trans>Who is not known here is added at the first login.</Trans> : <Trans>Only people who were added here come in.</Trans>}
          </p>
          <div><Button variant="ghost" onClick={() => setOpen("remove")}><Trans>Remove single sign-on …</Trans></Button></div>
        </div>
      )}
      {open === "change" && <Change settings={resource.data} onClose={() => setOpen(null)} onDone={take} />}
      {open === "remove" && <Remove onClose={() => setOpen(null)} onDone={take} />}
    </Group>
  );
}

interface DialogProps {
  readonly onClose: () => void;
  readonly onDone: (fresh: Settings) => void;
}

const blank = { issuer: "", client_id: "", name: "", creates_users: false, trusts_addresses: false, trusts_second_factor: false };

/** What is sent back: not whether there is a secret. */
const settingsOf = ({ issuer, client_id, name, creates_users, trusts_addresses, trusts_second_factor }: Provider): Provider =>
  ({ issuer, client_id, name, creates_users, trusts_addresses, trusts_second_factor });

function Change({ settings, onClose, onDone }: DialogProps & { readonly settings: Settings }) {
  const { t } = useLingui();
  const deed = useDeed();
  const hasSecret = settings.provider?.has_secret === true;
  const [form, setForm] = useState(() => settingsOf(settings.provider ?? blank));
  const [secret, setSecret] = useState("");
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const text = (name: "issuer" | "client_id" | "name") => ({
    value: form[name],
    error: errorAt(deed, name),
    onChange: ({ target }: { target: { value: string } }) => set({ [name]: target.value }),
  });
  const tick = (name: "creates_users" | "trusts_addresses" | "trusts_second_factor") => ({
    checked: form[name],
    onChange: ({ target }: { target: { checked: boolean } }) => set({ [name]: target.checked }),
  });
  const proof = useProof();
  const save = () => deed.run(async () => onDone(await singleSignOn.save({ ...form, ...(secret === "" ? {} : { secret }), proof: await proof.get() })));
  return (
    <FormDialog title={<Trans>Single sign-on</Trans>} button={<Trans>Save changes</Trans>} deed={deed} onClose={onClose} onSubmit={() => void save()}>
      <div className="flex flex-col gap-2">
        <p className="text-muted"><Trans>Register Poststelle at the provider as a web application with this redirect address:</Trans></p>
        <div className="flex flex-wrap items-center gap-2">
          <code className="min-w-0 rounded-sm bg-sunken px-2 py-1 break-all">{settings.redirect}</code>
          <CopyButton text={settings.redirect} />
        </div>
      </div>
      <TextField label={t`Issuer`} type="url" required spellCheck={false} placeholder="https://" hint={t`For Entra ID: https://login.microsoftonline.com/, the tenant ID, then /v2.0`} {...text("issuer")} />
      <TextField label={t`Client ID`} required spellCheck={false} autoComplete="off" {...text("client_id")} />
      <TextField
        label={t`Client secret`} type="password" autoComplete="new-password" value={secret} error={errorAt(deed, "secret")}
        hint={hasSecret ? t`There is one. Leave this empty to keep it.` : t`Leave this empty where the provider gives none.`}
        onChange={({ target }) => setSecret(target.value)}
      />
      <TextField label={t`Name on the login page`} required maxLength={60} hint={t`Such as “Microsoft” or the name of your organisation.`} {...text("name")} />
      <Checkbox label={t`Add people at their first login`} hint={t`Everybody whom the provider lets in gets a user here, without any mailbox.`} {...tick("creates_users")} />
      <Checkbox
        label={t`E-mail addresses of the provider are verified`}
        hint={t`People are found by their address at their first login. Choose this only where nobody but your administrators sets these addresses, as in an organisation of your own at Entra ID.`}
        {...tick("trusts_addresses")}
      />
      <Checkbox label={t`The provider's second factor is enough`} hint={t`Otherwise the second factor set up here is asked for, too.`} {...tick("trusts_second_factor")} />
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}

function Remove({ onClose, onDone }: DialogProps) {
  const deed = useDeed();
  const proof = useProof();
  const remove = () => deed.run(async () => onDone(await singleSignOn.remove(await proof.get())));
  return (
    <FormDialog title={<Trans>Remove single sign-on?</Trans>} button={<Trans>Remove single sign-on</Trans>} variant="danger" deed={deed} onClose={onClose} onSubmit={() => void remove()}>
      <p><Trans>Nobody can log in that way any more. Who has no password needs an invitation. Open logins go on.</Trans></p>
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}

/** They are matched by their address anew at the next login. */
export function ForgetIdentity({ user, onClose, onDone }: { readonly user: User; readonly onClose: () => void; readonly onDone: () => void }) {
  const deed = useDeed();
  const proof = useProof();
  const forget = async () => {
    if (await deed.run(async () => singleSignOn.forget(user.id, user.may_settings ? await proof.get() : undefined))) onDone();
  };
  return (
    <FormDialog title={<Trans>Detach {user.name} from single sign-on?</Trans>} button={<Trans>Detach</Trans>} variant="danger" deed={deed} onClose={onClose} onSubmit={() => void forget()}>
      <p><Trans>All logins of {user.name} end. At the next login with single sign-on the person is found by the e-mail address again: useful when they have a new account there.</Trans></p>
      <p><Trans>Where the provider does not vouch for this address, {user.name} does not come in that way any more.</Trans></p>
      {user.may_settings && <ProofFields form={proof} deed={deed} field="proof" />}
    </FormDialog>
  );
}
