import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, lazy, Suspense, useEffect, useState } from "react";
import { ApiError, type NextStep } from "@/api";
import { comingIn } from "@/api/coming-in";
import { ErrorNote, session, useDeed, useResource } from "@/session";
import { Banner, Button, SkeletonRows, TextField } from "@/ui";
import { Frame } from "./Frame";

const SecondStep = lazy(async () => ({ default: (await import("./SecondStep")).SecondStep }));

/** Whoever has the link of an invitation chooses their password here. */
export function InvitationPage() {
  const [token] = useState(() => window.location.hash.slice(1));
  const { resource } = useResource(`invitation ${token}`, () => comingIn.lookAtInvitation(token));
  const [step, setStep] = useState<NextStep | null>(null);
  const navigate = useNavigate();

  // The link lets in: it does not stay in the address, where somebody could read it over a shoulder.
  useEffect(() => { void navigate({ to: "/invitation", hash: "", replace: true }); }, [navigate]);
  useEffect(() => session.subscribe(() => { if (session.get()?.user) void navigate({ to: "/", replace: true }); }), [navigate]);

  if (step !== null) return <Suspense fallback={null}><SecondStep step={step} onBack={() => void navigate({ to: "/login" })} /></Suspense>;
  if (resource.status === "failed" && resource.error instanceof ApiError && resource.error.code === "no_such_invitation") return <Over />;
  return (
    <Frame title={<Trans>Welcome to Poststelle</Trans>}>
      {resource.status === "failed" && <ErrorNote error={resource.error} />}
      {resource.status === "loading" && <SkeletonRows rows={2} />}
      {resource.status === "ready" && <Choose token={token} person={resource.data} onStep={setStep} />}
    </Frame>
  );
}

/** Used, taken back, or too late: all look the same. */
function Over() {
  const navigate = useNavigate();
  return (
    <Frame title={<Trans>This invitation cannot be used</Trans>}>
      <div className="flex flex-col gap-4">
        <p>
          <Trans>The link was used already, taken back, or is too old. If you have chosen a password, log in with it. Otherwise ask for a new link.</Trans>
        </p>
        <Button onClick={() => void navigate({ to: "/login" })}>
          <Trans>Go to the login</Trans>
        </Button>
      </div>
    </Frame>
  );
}

interface ChooseProps {
  readonly token: string;
  readonly person: { readonly login: string; readonly name: string };
  readonly onStep: (step: NextStep) => void;
}

function Choose({ token, person, onStep }: ChooseProps) {
  const { t } = useLingui();
  const [form, setForm] = useState({ password: "", repeat: "" });
  const [differs, setDiffers] = useState(false);
  const deed = useDeed();
  const set = (change: Partial<typeof form>) => {
    setForm({ ...form, ...change });
    setDiffers(false);
    deed.clear();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (form.password !== form.repeat) {
      setDiffers(true);
      return;
    }
    void deed.run(async () => {
      const answer = await comingIn.acceptInvitation(token, form.password);
      if ("ways" in answer) onStep(answer);
      else session.loggedIn(answer);
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {deed.error !== null && <ErrorNote error={deed.error} />}
      <Banner tone="info" title={t`Hello ${person.name}`}>
        <p>
          <Trans>
            Your login name is <strong className="wrap-anywhere">{person.login}</strong>. Now choose your password; nobody else learns it.
          </Trans>
        </p>
      </Banner>
      <input type="hidden" name="username" autoComplete="username" value={person.login} />
      <TextField
        label={t`Password`}
        hint={t`At least 10 characters.`}
        name="password"
        type="password"
        autoComplete="new-password"
        autoFocus
        required
        value={form.password}
        onChange={(event) => set({ password: event.target.value })}
      />
      <TextField
        label={t`Repeat the password`}
        name="repeat"
        type="password"
        autoComplete="new-password"
        required
        value={form.repeat}
        error={differs ? t`The two passwords differ.` : undefined}
        onChange={(event) => set({ repeat: event.target.value })}
      />
      <Button type="submit" variant="primary" isBusy={deed.isBusy}>
        <Trans>Choose the password and log in</Trans>
      </Button>
    </form>
  );
}
