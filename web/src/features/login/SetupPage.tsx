import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { api, ApiError } from "@/api";
import { addressProblem, tidyAddress } from "@/lib/address";
import { ErrorNote, session, useDeed, useSession } from "@/session";
import { Button, TextField } from "@/ui";
import { Frame } from "./Frame";

const blank = { code: "", name: "", email: "", login: "", password: "", repeat: "" };

/** The first start: whoever opens the page first, and knows the one-time code where one is asked for, becomes the administrator. */
export function SetupPage() {
  const { t } = useLingui();
  const [form, setForm] = useState(blank);
  const [problem, setProblem] = useState<{ field: keyof typeof blank; text: string } | null>(null);
  const deed = useDeed();
  const isCodeNeeded = useSession()?.setup_code_needed === true;

  const field = (name: keyof typeof blank) => ({
    name,
    value: form[name],
    error: problem?.field === name ? problem.text : undefined,
    onChange: (event: { target: { value: string } }) => {
      setForm({ ...form, [name]: event.target.value });
      setProblem(null);
    },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const email = tidyAddress(form.email);
    if (email && addressProblem(email)) {
      setProblem({ field: "email", text: t`This is not a complete e-mail address.` });
      return;
    }
    if (form.password !== form.repeat) {
      setProblem({ field: "repeat", text: t`The two passwords differ.` });
      return;
    }
    const { name, login, password } = form;
    const code = isCodeNeeded ? { setup_code: form.code.trim() } : {};
    void deed.run(async () => {
      session.loggedIn(await api.setup({ name: name.trim(), login: login.trim(), password, email, ...code }));
    });
  };

  return (
    <Frame
      title={<Trans>Set up Poststelle</Trans>}
      intro={
        <Trans>
          Create the first administrator. You can then connect mailboxes and add your colleagues.
        </Trans>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        {deed.error !== null && <SetupError error={deed.error} />}
        {isCodeNeeded && (
          <TextField
            label={t`Set-up code`}
            hint={t`The server printed it where it was started. It is asked for only this once.`}
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            required
            {...field("code")}
          />
        )}
        <TextField label={t`Your name`} autoComplete="name" autoFocus={!isCodeNeeded} required {...field("name")} />
        <TextField
          label={t`Your e-mail address`}
          hint={t`Optional. Colleagues see it when they need to ask you.`}
          type="text"
          inputMode="email"
          autoComplete="email"
          {...field("email")}
        />
        <TextField
          label={t`Login name`}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          {...field("login")}
        />
        <TextField label={t`Password`} type="password" autoComplete="new-password" required {...field("password")} />
        <TextField
          label={t`Password once more`}
          type="password"
          autoComplete="new-password"
          required
          {...field("repeat")}
        />
        <Button type="submit" variant="primary" isBusy={deed.isBusy}>
          <Trans>Create administrator and begin</Trans>
        </Button>
      </form>
    </Frame>
  );
}

/** Somebody else was first: offer the login instead. */
function SetupError({ error }: { readonly error: unknown }) {
  const wasLate = error instanceof ApiError && error.code === "already_set_up";
  return (
    <div className="flex flex-col gap-2">
      <ErrorNote error={error} />
      {wasLate && (
        <a href="/login" className="text-accent underline underline-offset-2">
          <Trans>Go to the login page</Trans>
        </a>
      )}
    </div>
  );
}
