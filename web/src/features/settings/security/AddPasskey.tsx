import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { security } from "@/api/security";
import { useDeed } from "@/session";
import { makePasskeyFor } from "@/session/secondFactor/passkeys";
import { errorAt, FormDialog } from "../FormDialog";
import { deviceWords } from "./device";
import { CodesDialog, type FactorDialogProps } from "./FactorDialogs";
import { PasskeyName } from "./PasskeyName";
import { ProofFields, useProof } from "./proof";

/** Prove who one is, then the browser asks; then the recovery codes, the first time. */
export function AddPasskey({ onClose, onDone }: FactorDialogProps) {
  const deed = useDeed();
  const proof = useProof();
  const [name, setName] = useState(() => deviceWords(navigator.userAgent));
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const add = () =>
    deed.run(async () => {
      const made = await makePasskeyFor(await security.beginPasskey(await proof.get()));
      const fresh = await security.finishPasskey(made, name);
      onDone();
      if (fresh.length > 0) setCodes(fresh);
      else onClose();
    });
  if (codes !== null) return <CodesDialog codes={codes} onClose={onClose} />;
  return (
    <FormDialog
      title={<Trans>Add passkey</Trans>}
      button={<Trans>Add passkey</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void add()}
    >
      <PasskeyName value={name} onChange={setName} error={errorAt(deed, "name") ?? errorAt(deed, "passkey")} />
      <ProofFields form={proof} deed={deed} />
      <p className="text-list text-muted"><Trans>Your browser then asks for your finger, face, PIN or security key.</Trans></p>
    </FormDialog>
  );
}
