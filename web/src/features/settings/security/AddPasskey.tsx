import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { api } from "@/api";
import { useDeed } from "@/session";
import { makePasskeyFor } from "@/session/secondFactor/passkeys";
import { TextField } from "@/ui";
import { errorAt, FormDialog } from "../FormDialog";
import { deviceWords } from "./device";
import { CodesDialog, type FactorDialogProps } from "./FactorDialogs";
import { ProofFields, useProof } from "./proof";

/** Prove who one is, then the browser asks; then the recovery codes, the first time. */
export function AddPasskey({ onClose, onDone }: FactorDialogProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const proof = useProof();
  const [name, setName] = useState(() => deviceWords(navigator.userAgent));
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const add = () =>
    deed.run(async () => {
      const made = await makePasskeyFor(await api.beginPasskey(await proof.get()));
      const fresh = await api.finishPasskey(made, name);
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
      <TextField
        label={t`Name`}
        hint={t`By which you will know it again, such as that of the device.`}
        required
        maxLength={100}
        value={name}
        error={errorAt(deed, "name") ?? errorAt(deed, "passkey")}
        onChange={(event) => setName(event.target.value)}
      />
      <ProofFields form={proof} deed={deed} />
      <p className="text-list text-muted"><Trans>Your browser then asks for your finger, face, PIN or security key.</Trans></p>
    </FormDialog>
  );
}
