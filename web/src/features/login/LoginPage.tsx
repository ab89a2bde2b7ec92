import { Trans, useLingui } from "@lingui/react/macro";
import { KeyRound } from "lucide-react";
import { type FormEvent, lazy, Suspense, useEffect, useState } from "react";
import { type DemoLogin, type NextStep } from "@/api";
import { security } from "@/api/security";
import { ErrorNote, session, useDeed, useSession } from "@/session";
import { Avatar, Banner, Button, TextField } from "@/ui";
import { knowsPasskeys, answerWithPasskey } from "@/session/secondFactor/passkeys";
import { Frame } from "./Frame";
import { SignOn, stepBehind } from "./SignOn";

const SecondStep = lazy(async () => ({ default: (await import("./SecondStep")).SecondStep }));

/** Login and password. The router leads on to where the person wanted to go. */
export function LoginPage() {
  const { t } = useLingui();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<NextStep | null>(() => stepBehind(window.location.hash));
  const deed = useDeed();
  const provider = useSession()?.single_sign_on ?? null;

  // What is behind "#" opens the second step: it does not stay in the address.
  useEffect(() => { if (window.location.hash !== "") window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search); }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void deed.run(async () => {
      const answer = await security.login({ login: login.trim(), password });
      if ("ways" in answer) setStep(answer);
      else session.loggedIn(answer);
    });
  };
  const byPasskey = () => deed.run(async () => {
    session.loggedIn((await security.loginByPasskey(await answerWithPasskey(await security.askLoginPasskey(null)))).user);
  });
  const back = () => {
    setStep(null);
    setPassword("");
    deed.clear();
  };
  const fill = (demo: DemoLogin) => {
    setLogin(demo.login);
    setPassword(demo.password);
    deed.clear();
  };

  if (step !== null) return <Suspense fallback={null}><SecondStep step={step} onBack={back} /></Suspense>;
  return (
    <Frame title={<Trans>Log in</Trans>}>
      {provider !== null && <SignOn name={provider} />}
      <form onSubmit={submit} className="flex flex-col gap-4">
        {deed.error !== null ? <ErrorNote error={deed.error} /> : <WhyHere />}
        <TextField
          label={t`Login name`}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          required
          value={login}
          onChange={(event) => setLogin(event.target.value)}
        />
        <TextField
          label={t`Password`}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" variant={provider === null ? "primary" : "secondary"} isBusy={deed.isBusy}>
          <Trans>Log in</Trans>
        </Button>
        {knowsPasskeys() && (
          <Button icon={<KeyRound size={16} aria-hidden />} isBusy={deed.isBusy} onClick={() => void byPasskey()}>
            <Trans>Log in with a passkey</Trans>
          </Button>
        )}
      </form>
      <DemoLogins onChoose={fill} />
    </Frame>
  );
}

/** A login that has ended meanwhile: why this page is here, and that nothing is lost. */
function WhyHere() {
  const { t } = useLingui();
  const ended = session.ended();
  if (!ended) return null;
  return (
    <Banner tone="info" title={t`Your login has ended. Please log in again.`}>
      {ended.hasKept && <p>{t`What you were writing is kept. You can go on with it afterwards.`}</p>}
    </Banner>
  );
}

function DemoLogins({ onChoose }: { readonly onChoose: (login: DemoLogin) => void }) {
  const start = useSession();
  const logins = start?.is_demo ? (start.demo_logins ?? []) : [];
  if (logins.length === 0) return null;
  return (
    <section className="mt-6 border-t border-border pt-4">
      <h2 className="text-list font-medium text-muted">
        <Trans>Demonstration: choose a person, then log in</Trans>
      </h2>
      <ul className="mt-2 -mx-2 flex flex-col">
        {logins.map((demo) => (
          <li key={demo.login}>
            <button
              type="button"
              onClick={() => onChoose(demo)}
              className="flex min-h-11 w-full items-center gap-3 rounded-md px-2 text-left hover:bg-hover"
            >
              <Avatar name={demo.name} />
              <span className="grow font-medium">{demo.name}</span>
              <span className="text-list text-muted">{demo.login}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
