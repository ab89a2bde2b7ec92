import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { ApiError, api, type Me } from "@/api";
import { admin } from "@/api/admin";
import { choicesOf, choose, type Choices, ErrorNote, explain, languageChoices, session, themeChoices, useMe } from "@/session";
import { Button, Select, Switch, TextField } from "@/ui";
import { Group, Page } from "./Page";
import { Pictures } from "./Pictures";
import { Programs } from "./Programs";
import { SavedMark } from "./SavedMark";
import { ProofFields, useProof } from "./security/proof";
import { type Saved, useSaved } from "./useSaved";

/** One's own name, language, appearance, pictures from outside, password and programs. Language and appearance are in the person menu too. */
export function ProfilePage() {
  const me = useMe();
  return (
    <Page title={<Trans>My profile</Trans>} intro={me.login}>
      <Name me={me} />
      <Facts me={me} />
      <Appearance me={me} />
      <Reading me={me} />
      <Pictures />
      <Password />
      <Programs login={me.login} mayAdminister={me.may_settings} />
      <OwnData />
    </Page>
  );
}

function OwnData() {
  return (
    <Group
      title={<Trans>Your data</Trans>}
      intro={<Trans>Everything that is kept of you here, and what you did, as a file. Passwords and other secrets are not in it.</Trans>}
    >
      <Button onClick={() => window.location.assign(admin.dataOf("me"))}>
        <Trans>Download my data</Trans>
      </Button>
    </Group>
  );
}

function Name({ me }: { readonly me: Me }) {
  const { t } = useLingui();
  const saved = useSaved();
  const [draft, setDraft] = useState<string | null>(null);
  const put = (name: string) => async () => session.loggedIn(await api.changeMe({ name }));
  const save = async () => {
    const name = draft?.trim() ?? "";
    if (name === "" || name === me.name) return setDraft(null);
    if (await saved.save(put(name), put(me.name))) setDraft(null);
  };
  return (
    <Group title={<Trans>Name</Trans>} side={<SavedMark saved={saved} />}>
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      <TextField
        label={t`Your name`}
        hint={t`So your colleagues see you. Saved when you leave the field.`}
        autoComplete="name"
        maxLength={100}
        value={draft ?? me.name}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => void save()}
        onKeyDown={(event) => {
          if (event.key === "Enter") void save();
          if (event.key === "Escape") setDraft(null);
        }}
        className="max-w-md"
      />
      <Fact
        label={t`E-mail name`}
        hint={t`So recipients see you; empty: by your name. Where a mailbox has an e-mail name of its own, that counts.`}
        field="sender_name" me={me} saved={saved} className="mt-4 max-w-md"
      />
      <p className="mt-4 text-list text-muted">
        {me.email === "" ? <Trans>No e-mail address of yours is kept here. An administrator can enter one.</Trans> : <Trans>Your e-mail address: {me.email}. An administrator can change it.</Trans>}
      </p>
    </Group>
  );
}

/** What signatures say of a person: they name it by placeholders. */
function Facts({ me }: { readonly me: Me }) {
  const { t } = useLingui();
  const saved = useSaved();
  return (
    <Group
      title={<Trans>In signatures</Trans>}
      intro={<Trans>Signatures fill these in for you. What is empty is left out there.</Trans>}
      side={<SavedMark saved={saved} />}
    >
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      <div className="grid max-w-2xl gap-4 phone:grid-cols-2">
        <Fact label={t`Phone`} field="phone" autoComplete="tel" me={me} saved={saved} />
        <Fact label={t`Position`} field="position" autoComplete="organization-title" me={me} saved={saved} />
      </div>
    </Group>
  );
}

interface FactProps {
  readonly label: string;
  readonly hint?: string;
  readonly field: "sender_name" | "phone" | "position";
  readonly autoComplete?: string;
  readonly className?: string;
  readonly me: Me;
  readonly saved: Saved;
}

function Fact({ label, field, me, saved, autoComplete = "off", ...more }: FactProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const put = (value: string) => async () => session.loggedIn(await api.changeMe({ [field]: value }));
  const save = async () => {
    const value = draft?.trim() ?? me[field];
    if (value === me[field]) return setDraft(null);
    if (await saved.save(put(value), put(me[field]))) setDraft(null);
  };
  return (
    <TextField
      label={label}
      autoComplete={autoComplete}
      maxLength={100}
      {...more}
      value={draft ?? me[field]}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => void save()}
      onKeyDown={(event) => {
        if (event.key === "Enter") void save();
        if (event.key === "Escape") setDraft(null);
      }}
    />
  );
}

/** Shown at once, like in the person menu. */
function Appearance({ me }: { readonly me: Me }) {
  const { t } = useLingui();
  const saved = useSaved();
  const now = choicesOf(me);
  const keep = (change: Choices, back: Choices) => void saved.save(() => choose(me, change), () => choose(me, back));
  return (
    <Group title={<Trans>Language and appearance</Trans>} side={<SavedMark saved={saved} />}>
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      <div className="grid max-w-md gap-4 phone:grid-cols-2">
        <Select
          label={t`Language`}
          isLabelShown
          value={now.language}
          onChange={(language) => keep({ language }, { language: now.language })}
          choices={languageChoices()}
        />
        <Select
          label={t`Appearance`}
          isLabelShown
          value={now.theme}
          onChange={(theme) => keep({ theme }, { theme: now.theme })}
          choices={themeChoices()}
        />
      </div>
    </Group>
  );
}

/** Whether colleagues see what one is reading; that one answers they always see. */
function Reading({ me }: { readonly me: Me }) {
  const { t } = useLingui();
  const saved = useSaved();
  const put = (shows_reading: boolean) => async () => session.loggedIn(await api.changeMe({ shows_reading }));
  return (
    <Group title={<Trans>Working together</Trans>} side={<SavedMark saved={saved} />}>
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      <Switch
        label={t`Show colleagues what I am reading`}
        hint={t`Those who share a mailbox with you see your name at the message you have open. That you are writing an answer they always see, so that nobody answers twice. In the history of a message they see that you have read it. If you do not show this, it is noted in the audit trail all the same, which administrators can read.`}
        isOn={me.shows_reading}
        onChange={(isOn) => void saved.save(put(isOn), put(me.shows_reading))}
      />
    </Group>
  );
}

const blank = { old: "", new: "", repeat: "" };

function Password() {
  const { t } = useLingui();
  const saved = useSaved();
  const [form, setForm] = useState(blank);
  const proof = useProof();
  const [isDifferent, setDifferent] = useState(false);
  const fieldError = (field: string) => {
    if (!(saved.error instanceof ApiError) || saved.error.field !== field) return undefined;
    const { title, remedy } = explain(saved.error);
    return `${title} ${remedy}`;
  };
  const isAtField = saved.error instanceof ApiError && saved.error.field !== null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setDifferent(form.new !== form.repeat);
    if (form.new !== form.repeat) return;
    const change = async () => {
      const { code, passkey } = await proof.get();
      await admin.changePassword({ old: form.old, new: form.new, ...(code && { code }), ...(passkey && { passkey }) });
    };
    if (!(await saved.save(change))) return;
    setForm(blank);
    proof.setCode("");
  };

  return (
    <Group
      title={<Trans>Password</Trans>}
      intro={<Trans>All your other logins end when you change it.</Trans>}
      side={<SavedMark saved={saved} />}
    >
      <form onSubmit={(event) => void submit(event)} className="flex max-w-md flex-col gap-4">
        {saved.error !== null && !isAtField && <ErrorNote error={saved.error} />}
        <TextField
          label={t`Present password`}
          type="password"
          autoComplete="current-password"
          required
          value={form.old}
          error={fieldError("old")}
          onChange={(event) => setForm({ ...form, old: event.target.value })}
        />
        <TextField
          label={t`New password`}
          hint={t`At least 10 characters.`}
          type="password"
          autoComplete="new-password"
          required
          value={form.new}
          error={fieldError("new")}
          onChange={(event) => setForm({ ...form, new: event.target.value })}
        />
        <TextField
          label={t`New password once more`}
          type="password"
          autoComplete="new-password"
          required
          value={form.repeat}
          error={isDifferent ? t`The two passwords differ.` : undefined}
          onChange={(event) => setForm({ ...form, repeat: event.target.value })}
        />
        <ProofFields form={proof} deed={saved} hasPassword={false} />
        <div>
          <Button type="submit" variant="primary" isBusy={saved.status === "saving"}>
            <Trans>Change password</Trans>
          </Button>
        </div>
      </form>
    </Group>
  );
}
