import { Trans, useLingui } from "@lingui/react/macro";
import { KeyRound, Smartphone } from "lucide-react";
import { type FormEvent, useState } from "react";
import { ApiError, type Entered, type NewApp } from "@/api";
import { security } from "@/api/security";
import { explain, useDeed } from "@/session";
import { AppPicture } from "@/session/secondFactor/AppPicture";
import { CodeField } from "@/session/secondFactor/CodeField";
import { knowsPasskeys, makePasskeyFor } from "@/session/secondFactor/passkeys";
import { Button } from "@/ui";
import { Frame } from "./Frame";
import { StepError } from "./SecondStep";

interface FirstFactorProps {
  readonly token: string;
  readonly onEntered: (entered: Entered) => void;
  readonly onBack: () => void;
}

/** Where a second factor is required and there is none yet: nothing else opens before. */
export function FirstFactor({ token, onEntered, onBack }: FirstFactorProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const [app, setApp] = useState<NewApp | null>(null);
  const [code, setCode] = useState("");
  const beginApp = () => deed.run(async () => setApp(await security.beginFirstApp(token)));
  const passkey = () =>
    deed.run(async () => {
      const made = await makePasskeyFor(await security.beginFirstPasskey(token));
      onEntered(await security.finishFirstPasskey(made, t`First passkey`));
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (app) void deed.run(async () => onEntered(await security.finishFirstApp(app.token, code)));
  };
  if (app !== null) {
    return (
      <Frame title={<Trans>Scan with your phone</Trans>}>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <StepError deed={deed} onBack={onBack} />
          <AppPicture app={app} />
          <CodeField value={code} onChange={setCode} error={codeWords(deed.error)} isFirst />
          <Button type="submit" variant="primary" isBusy={deed.isBusy}><Trans>Check code and log in</Trans></Button>
          <Button onClick={() => { setApp(null); deed.clear(); }}><Trans>Back</Trans></Button>
        </form>
      </Frame>
    );
  }
  return (
    <Frame
      title={<Trans>Set up a second factor</Trans>}
      intro={<Trans>One step alone is not enough here. Choose how else you want to prove that it is you.</Trans>}
    >
      <div className="flex flex-col gap-3">
        <StepError deed={deed} onBack={onBack} />
        <Button variant="primary" icon={<Smartphone size={16} aria-hidden />} isBusy={deed.isBusy} onClick={() => void beginApp()}>
          <Trans>App for codes on my phone</Trans>
        </Button>
        {knowsPasskeys() && (
          <Button icon={<KeyRound size={16} aria-hidden />} isBusy={deed.isBusy} onClick={() => void passkey()}>
            <Trans>Passkey: finger, face or PIN</Trans>
          </Button>
        )}
        <Button variant="ghost" onClick={onBack}><Trans>Log in as somebody else</Trans></Button>
      </div>
    </Frame>
  );
}

function codeWords(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.field !== "code") return undefined;
  const { title, remedy } = explain(error);
  return `${title} ${remedy}`;
}
