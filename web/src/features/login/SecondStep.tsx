import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ApiError, type Entered, type NextStep } from "@/api";
import { security } from "@/api/security";
import { type Deed, ErrorNote, explain, session, useDeed } from "@/session";
import { CodeField } from "@/session/secondFactor/CodeField";
import { knowsPasskeys, answerWithPasskey } from "@/session/secondFactor/passkeys";
import { RecoveryCodes } from "@/session/secondFactor/RecoveryCodes";
import { Banner, Button } from "@/ui";
import { FirstFactor } from "./FirstFactor";
import { Frame } from "./Frame";

const FEW = 3;

interface StepProps {
  readonly step: NextStep;
  /** Back to login and password. */
  readonly onBack: () => void;
}

/** After the password: a code, a passkey, or setting one up where it is required. */
export function SecondStep({ step, onBack }: StepProps) {
  const [entered, setEntered] = useState<Entered | null>(null);
  const enter = (found: Entered) => {
    const isToldMore = found.recovery_codes.length > 0 || (found.recovery_left !== null && found.recovery_left <= FEW);
    if (isToldMore) setEntered(found);
    else session.loggedIn(found.user);
  };
  if (entered !== null) return <Before entered={entered} />;
  if (step.ways.length === 0) return <FirstFactor token={step.token} onEntered={enter} onBack={onBack} />;
  return <Prove step={step} onEntered={enter} onBack={onBack} />;
}

interface ProveProps extends StepProps {
  readonly onEntered: (entered: Entered) => void;
}

function Prove({ step, onEntered, onBack }: ProveProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const hasApp = step.ways.includes("app");
  const hasRecovery = step.ways.includes("recovery");
  const mayPasskey = step.ways.includes("passkey") && knowsPasskeys();
  const [code, setCode] = useState("");
  const [isRecovery, setRecovery] = useState(!hasApp && !mayPasskey);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void deed.run(async () => onEntered(await security.loginByCode(step.token, code)));
  };
  const byPasskey = () => deed.run(async () => onEntered(await security.loginByPasskey(await answerWithPasskey(await security.askLoginPasskey(step.token)))));
  const turn = () => {
    setRecovery(!isRecovery);
    setCode("");
    deed.clear();
  };
  const hasField = hasApp || isRecovery;
  return (
    <Frame title={<Trans>Second factor</Trans>} intro={<Trans>The first step is done. One more proof that it is you.</Trans>}>
      <div className="flex flex-col gap-4">
        <StepError deed={deed} onBack={onBack} />
        {mayPasskey && !isRecovery && (
          <Button variant={hasApp ? "secondary" : "primary"} icon={<KeyRound size={16} aria-hidden />} isBusy={deed.isBusy} onClick={() => void byPasskey()}>
            <Trans>Use a passkey</Trans>
          </Button>
        )}
        {hasField && (
          <form onSubmit={submit} className="flex flex-col gap-4">
            <CodeField
              key={String(isRecovery)}
              label={isRecovery ? t`Recovery code` : undefined}
              isText={isRecovery}
              isFirst
              value={code}
              error={codeError(deed)}
              onChange={setCode}
            />
            <Button type="submit" variant="primary" isBusy={deed.isBusy}>
              <Trans>Log in</Trans>
            </Button>
          </form>
        )}
        <p className="flex flex-wrap gap-x-4 text-list">
          {hasRecovery && (hasApp || mayPasskey) && (
            <TextButton onClick={turn}>
              {isRecovery ? <Trans>Back to the other ways</Trans> : <Trans>Phone not at hand? Use a recovery code</Trans>}
            </TextButton>
          )}
          <TextButton onClick={onBack}><Trans>Log in as somebody else</Trans></TextButton>
        </p>
        {!hasRecovery && <p className="text-list text-muted"><Trans>Have you lost your second factor? Ask an administrator to reset it.</Trans></p>}
      </div>
    </Frame>
  );
}

function TextButton({ onClick, children }: { readonly onClick: () => void; readonly children: React.ReactNode }) {
  return (
    <button type="button" onClick={onClick} className="min-h-8 touch:min-h-11 text-left text-accent underline underline-offset-2">
      {children}
    </button>
  );
}

function codeError(deed: Deed): string | undefined {
  if (!(deed.error instanceof ApiError) || deed.error.field !== "code") return undefined;
  const { title, remedy } = explain(deed.error);
  return `${title} ${remedy}`;
}

/** What is not about the code; where the step is over, the way to begin anew. */
export function StepError({ deed, onBack }: { readonly deed: Deed; readonly onBack: () => void }) {
  if (deed.error === null || (deed.error instanceof ApiError && deed.error.field === "code")) return null;
  const isOver = deed.error instanceof ApiError && deed.error.code === "step_over";
  return (
    <div className="flex flex-col gap-2">
      <ErrorNote error={deed.error} />
      {isOver && <Button onClick={onBack}><Trans>Begin anew</Trans></Button>}
    </div>
  );
}

/** Logged in; before the page opens, what is shown once or should be done soon. */
function Before({ entered }: { readonly entered: Entered }) {
  const { t } = useLingui();
  const left = entered.recovery_left ?? 0;
  const go = <Button variant="primary" autoFocus onClick={() => session.loggedIn(entered.user)}><Trans>Go on to Poststelle</Trans></Button>;
  if (entered.recovery_codes.length > 0) {
    return (
      <Frame title={<Trans>Your recovery codes</Trans>}>
        <div className="flex flex-col gap-4">
          <RecoveryCodes codes={entered.recovery_codes} />
          {go}
        </div>
      </Frame>
    );
  }
  return (
    <Frame title={<Trans>Recovery codes</Trans>}>
      <div className="flex flex-col gap-4">
        <Banner
          tone="warning"
          title={left === 0 ? t`That was your last recovery code.` : <Plural value={left} one="You have # recovery code left." other="You have # recovery codes left." />}
        >
          <Trans>Make new ones under Settings, “Security”.</Trans>
        </Banner>
        {go}
      </div>
    </Frame>
  );
}
