import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { api, type NewApp } from "@/api";
import { useDeed } from "@/session";
import { AppPicture } from "@/session/secondFactor/AppPicture";
import { CodeField } from "@/session/secondFactor/CodeField";
import { errorAt, FormDialog } from "../FormDialog";
import { CodesDialog, type FactorDialogProps } from "./FactorDialogs";
import { ProofFields, useProof } from "./proof";

/** Prove who one is, scan the picture, enter its code; then the recovery codes, the first time. */
export function SetUpApp({ onClose, onDone }: FactorDialogProps) {
  const deed = useDeed();
  const proof = useProof();
  const [app, setApp] = useState<NewApp | null>(null);
  const [code, setCode] = useState("");
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const begin = () => deed.run(async () => setApp(await api.beginApp(await proof.get())));
  const finish = (token: string) =>
    deed.run(async () => {
      const made = await api.finishApp(token, code);
      onDone();
      if (made.length > 0) setCodes(made);
      else onClose();
    });
  if (codes !== null) return <CodesDialog codes={codes} onClose={onClose} />;
  if (app !== null) {
    return (
      <FormDialog
        title={<Trans>Scan with your phone</Trans>}
        button={<Trans>Check code</Trans>}
        deed={deed}
        onClose={onClose}
        onSubmit={() => void finish(app.token)}
      >
        <AppPicture app={app} />
        <CodeField value={code} onChange={setCode} error={errorAt(deed, "code")} isFirst />
      </FormDialog>
    );
  }
  return (
    <FormDialog
      title={<Trans>Set up app for codes</Trans>}
      button={<Trans>Continue</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void begin()}
    >
      <p className="text-muted">
        <Trans>You need an app for one-time codes on your phone, such as Google Authenticator, Microsoft Authenticator or 2FAS. Most password managers can do it too.</Trans>
      </p>
      <ProofFields form={proof} deed={deed} />
    </FormDialog>
  );
}
