import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { isApiError, type User } from "@/api";
import { admin } from "@/api/admin";
import { security } from "@/api/security";
import { addressProblem, tidyAddress } from "@/lib/address";
import { useDeed, useMe } from "@/session";
import { Checkbox, TextField } from "@/ui";
import { errorAt, FormDialog } from "./FormDialog";
import { ConfirmComer, useComer } from "./people/ConfirmComer";
import { ForgetIdentity } from "./people/SingleSignOn";
import { Invite, RevokeInvitation } from "./people/Invite";
import { ProofFields, useProof } from "./security/proof";
import { addressWords } from "./words";

export type UserDialogState =
  | { readonly kind: "add" }
  | { readonly kind: "invite"; readonly user: User }
  | { readonly kind: "revoke"; readonly user: User }
  | { readonly kind: "forget"; readonly user: User }
  | { readonly kind: "change"; readonly user: User }
  | { readonly kind: "password"; readonly user: User }
  | { readonly kind: "logins"; readonly user: User }
  | { readonly kind: "factor"; readonly user: User }
  | { readonly kind: "activate"; readonly user: User }
  | { readonly kind: "deactivate"; readonly user: User }
  | { readonly kind: "delete"; readonly user: User };

interface DialogProps<State = UserDialogState> {
  readonly state: State;
  readonly onClose: () => void;
  readonly onDone: () => void;
  /** Somebody was added who is to be invited next. */
  readonly onInvite: (user: User) => void;
}

type Of<Kind> = DialogProps<Extract<UserDialogState, { kind: Kind }>>;

export function UserDialog({ state, ...rest }: DialogProps) {
  switch (state.kind) {
    case "add":
      return <PersonForm user={null} {...rest} />;
    case "invite":
      return <Invite user={state.user} {...rest} />;
    case "revoke":
      return <RevokeInvitation user={state.user} {...rest} />;
    case "forget":
      return <ForgetIdentity user={state.user} {...rest} />;
    case "change":
      return <PersonForm user={state.user} {...rest} />;
    case "password":
      return <PasswordForm state={state} {...rest} />;
    case "logins":
      return <LoginsQuestion state={state} {...rest} />;
    case "factor":
      return <ResetFactor state={state} {...rest} />;
    case "activate":
      return <ActivateAdministrator state={state} {...rest} />;
    case "deactivate":
      return <DeactivateAdministrator state={state} {...rest} />;
    case "delete":
      return <DeleteQuestion state={state} {...rest} />;
  }
}

function PersonForm({ user, onClose, onDone, onInvite }: Omit<DialogProps, "state"> & { readonly user: User | null }) {
  const { t } = useLingui();
  const me = useMe();
  const deed = useDeed();
  const [form, setForm] = useState({
    name: user?.name ?? "",
    login: user?.login ?? "",
    email: user?.email ?? "",
    password: "",
    may_settings: user?.may_settings ?? false,
  });
  const [isInvited, setInvited] = useState(true);
  const [emailError, setEmailError] = useState<string>();
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const proof = useProof();
  const isMade = form.may_settings && user?.may_settings !== true;
  const comer = useComer(user, form, deed);
  const isTaken = user?.may_settings === true && !form.may_settings;
  const isElsewhere = user?.may_settings === true && tidyAddress(form.email) !== user.email;
  const [sharedWith, setSharedWith] = useState<string | null>(null);
  const [refused, setRefused] = useState<unknown>(null);
  // The address by which somebody else is found takes a proof, as long as it stands there.
  if (isApiError(deed.error, "address_taken") && deed.error !== refused) {
    setRefused(deed.error);
    setSharedWith(form.email);
  }
  const needsProof = isMade || isElsewhere || isTaken || sharedWith === form.email;

  const save = async () => {
    const email = tidyAddress(form.email);
    const problem = email ? addressProblem(email) : null;
    setEmailError(problem ? addressWords(problem) : undefined);
    if (problem || !comer.check()) return;
    const { login, password, may_settings } = form;
    const name = form.name.trim();
    const first = isInvited ? {} : { password };
    await deed.run(async () => {
      const proven = needsProof ? { proof: await proof.get() } : {};
      if (user) {
        const changes = changed(user, { name, email, may_settings });
        if (Object.keys(changes).length > 0) await admin.changeUser(user.id, { ...changes, ...comer.said(), ...proven });
      } else {
        const added = await admin.addUser({ name, login: login.trim(), email, may_settings, ...first, ...proven });
        if (isInvited) {
          onInvite(added);
          return;
        }
      }
      onDone();
    });
  };

  return (
    <FormDialog
      title={user ? <Trans>Change {user.name}</Trans> : <Trans>Add user</Trans>}
      button={user ? <Trans>Save changes</Trans> : <Trans>Add user</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      <TextField
        label={t`Name`}
        required
        maxLength={100}
        value={form.name}
        error={errorAt(deed, "name")}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextField
        label={t`E-mail address`}
        inputMode="email"
        value={form.email}
        error={emailError ?? errorAt(deed, "email")}
        onChange={(event) => set({ email: event.target.value })}
      />
      {!user && (
        <>
          <TextField
            label={t`Login name`}
            required
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            value={form.login}
            error={errorAt(deed, "login")}
            onChange={(event) => set({ login: event.target.value })}
          />
          <Checkbox
            label={t`Invite by a link`}
            hint={t`The person chooses a password; nobody else learns it.`}
            checked={isInvited}
            onChange={(event) => setInvited(event.target.checked)}
          />
          {!isInvited && (
            <TextField
              label={t`First password`}
              hint={t`At least 10 characters. The person can change it under “My profile”.`}
              type="password"
              autoComplete="new-password"
              required
              value={form.password}
              error={errorAt(deed, "password")}
              onChange={(event) => set({ password: event.target.value })}
            />
          )}
        </>
      )}
      <Checkbox
        label={t`Right for the basic settings`}
        hint={
          user?.id === me.id
            ? t`You cannot take this right from yourself; ask another administrator.`
            : t`May connect mailboxes, assign users and see the audit trail.`
        }
        checked={form.may_settings}
        disabled={user?.id === me.id}
        onChange={(event) => set({ may_settings: event.target.checked })}
      />
      {user && <ConfirmComer user={user} form={comer} deed={deed} />}
      {needsProof && <ProofFields form={proof} deed={deed} field="proof" />}
    </FormDialog>
  );
}

type Told = Pick<User, "name" | "email" | "may_settings">;

/** What was changed here alone: the rest may be another by now, and stays as it is. */
function changed(user: User, form: Told): Partial<Told> {
  const names = ["name", "email", "may_settings"] as const;
  return Object.fromEntries(names.filter((name) => form[name] !== user[name]).map((name) => [name, form[name]]));
}

function PasswordForm({ state, onClose, onDone }: Of<"password">) {
  const { t } = useLingui();
  const deed = useDeed();
  const proof = useProof();
  const [password, setPassword] = useState("");
  const save = async () => {
    if (await deed.run(async () => admin.changeUser(state.user.id, { password, proof: await proof.get() }))) onDone();
  };
  return (
    <FormDialog
      title={<Trans>New password for {state.user.name}</Trans>}
      button={<Trans>Set password</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void save()}
    >
      <p className="text-muted">
        <Trans>{state.user.name} is logged out everywhere and logs in with the new password.</Trans>
      </p>
      <TextField
        label={t`New password`}
        hint={t`At least 10 characters.`}
        type="password"
        autoComplete="new-password"
        required
        value={password}
        error={errorAt(deed, "password")}
        onChange={(event) => setPassword(event.target.value)}
      />
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}

function LoginsQuestion({ state, onClose, onDone }: Of<"logins">) {
  const deed = useDeed();
  const end = async () => {
    if (await deed.run(() => security.endLoginsOf(state.user.id))) onDone();
  };
  return (
    <FormDialog
      title={<Trans>End all logins of {state.user.name}?</Trans>}
      button={<Trans>End all logins</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void end()}
    >
      <p>
        <Trans>{state.user.name} is logged out on all devices at once, and can log in again. Programs keep their access.</Trans>
      </p>
    </FormDialog>
  );
}

function ResetFactor({ state, onClose, onDone }: Of<"factor">) {
  const deed = useDeed();
  const proof = useProof();
  const reset = async () => {
    if (await deed.run(async () => security.resetSecondFactor(state.user.id, await proof.get()))) onDone();
  };
  return (
    <FormDialog
      title={<Trans>Reset the second factor of {state.user.name}?</Trans>}
      button={<Trans>Reset second factor</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void reset()}
    >
      <p className="text-muted">
        <Trans>
          App, passkeys and recovery codes of {state.user.name} no longer work, and all their logins end. Make sure that it is really they who ask: until a new one is set up, the password alone is enough.
        </Trans>
      </p>
      <ProofFields form={proof} deed={deed} />
    </FormDialog>
  );
}

function DeactivateAdministrator({ state, onClose, onDone }: Of<"deactivate">) {
  const deed = useDeed();
  const proof = useProof();
  const deactivate = async () => {
    if (await deed.run(async () => admin.changeUser(state.user.id, { is_active: false, proof: await proof.get() }))) onDone();
  };
  return (
    <FormDialog
      title={<Trans>Deactivate {state.user.name}?</Trans>}
      button={<Trans>Deactivate</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void deactivate()}
    >
      <p className="text-muted">
        <Trans>{state.user.name} is an administrator: they are logged out everywhere, and their programs lose access, until somebody activates them again.</Trans>
      </p>
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}

function ActivateAdministrator({ state, onClose, onDone }: Of<"activate">) {
  const deed = useDeed();
  const proof = useProof();
  const activate = async () => {
    if (await deed.run(async () => admin.changeUser(state.user.id, { is_active: true, proof: await proof.get() }))) onDone();
  };
  return (
    <FormDialog title={<Trans>Activate {state.user.name}?</Trans>} button={<Trans>Activate</Trans>} deed={deed} onClose={onClose} onSubmit={() => void activate()}>
      <p className="text-muted">
        <Trans>{state.user.name} is an administrator: they can log in again and have the right for the basic settings.</Trans>
      </p>
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}

function DeleteQuestion({ state, onClose, onDone }: Of<"delete">) {
  const { t } = useLingui();
  const deed = useDeed();
  const proof = useProof();
  const [erasesName, setErasesName] = useState(false);
  const needsProof = erasesName || state.user.may_settings;
  const remove = async () => {
    if (await deed.run(async () => admin.deleteUser(state.user.id, erasesName, needsProof ? await proof.get() : undefined))) onDone();
  };
  return (
    <FormDialog
      title={<Trans>Delete {state.user.name}?</Trans>}
      button={<Trans>Delete {state.user.name}</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void remove()}
    >
      <p>
        <Trans>
          The user loses access to all mailboxes at once. What they did stays in the audit trail; mailboxes and messages
          stay as they are.
        </Trans>
      </p>
      <Checkbox
        className="mt-3"
        label={t`Also take the name out of the audit trail`}
        hint={t`Entries then say what was done and when, but not by whom or about whom. This cannot be undone.`}
        checked={erasesName}
        onChange={(event) => setErasesName(event.target.checked)}
      />
      {needsProof && (
        <div className="mt-3 flex flex-col gap-4">
          <ProofFields form={proof} deed={deed} field="proof" />
        </div>
      )}
      <p className="mt-3">
        <a className="text-accent underline" href={admin.dataOf(state.user.id)} download>
          <Trans>Download all data of {state.user.name}</Trans>
        </a>
      </p>
    </FormDialog>
  );
}
