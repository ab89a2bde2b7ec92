import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { type Passkey } from "@/api";
import { security } from "@/api/security";
import { useDeed } from "@/session";
import { RecoveryCodes } from "@/session/secondFactor/RecoveryCodes";
import { Button, Dialog } from "@/ui";
import { errorAt, FormDialog } from "../FormDialog";
import { PasskeyName } from "./PasskeyName";
import { ProofFields, useProof } from "./proof";

export interface FactorDialogProps {
  readonly onClose: () => void;
  /** Something was changed. */
  readonly onDone: () => void;
}

/** Shown once, to be kept. */
export function CodesDialog({ codes, onClose }: { readonly codes: readonly string[]; readonly onClose: () => void }) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={<Trans>Your recovery codes</Trans>}
      actions={
        <Button variant="primary" onClick={onClose}>
          <Trans>I have kept them</Trans>
        </Button>
      }
    >
      <RecoveryCodes codes={codes} />
    </Dialog>
  );
}

export function RenewCodes({ onClose, onDone }: FactorDialogProps) {
  const deed = useDeed();
  const proof = useProof();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const renew = () =>
    deed.run(async () => {
      setCodes(await security.renewRecoveryCodes(await proof.get()));
      onDone();
    });
  if (codes !== null) return <CodesDialog codes={codes} onClose={onClose} />;
  return (
    <FormDialog
      title={<Trans>Make new recovery codes</Trans>}
      button={<Trans>Make new codes</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void renew()}
    >
      <p className="text-muted"><Trans>The earlier codes no longer work then.</Trans></p>
      <ProofFields form={proof} deed={deed} />
    </FormDialog>
  );
}

interface RenameProps {
  readonly passkey: Passkey;
  readonly onRenamed: (fresh: Passkey) => void;
  readonly onClose: () => void;
}

export function RenamePasskey({ passkey, onRenamed, onClose }: RenameProps) {
  const deed = useDeed();
  const [name, setName] = useState(passkey.name);
  const rename = async () => {
    await deed.run(async () => {
      onRenamed(await security.renamePasskey(passkey.id, name));
      onClose();
    });
  };
  return (
    <FormDialog title={<Trans>Rename the passkey</Trans>} button={<Trans>Rename</Trans>} deed={deed} onClose={onClose} onSubmit={() => void rename()}>
      <PasskeyName value={name} onChange={setName} error={errorAt(deed, "name")} />
    </FormDialog>
  );
}

/** `passkey` null: the app. */
export function RemoveFactor({ passkey, onClose, onDone }: FactorDialogProps & { readonly passkey: Passkey | null }) {
  const deed = useDeed();
  const proof = useProof();
  const remove = async () => {
    const isDone = await deed.run(async () => {
      const proven = await proof.get();
      await (passkey === null ? security.removeApp(proven) : security.removePasskey(passkey.id, proven));
    });
    if (!isDone) return;
    onDone();
    onClose();
  };
  return (
    <FormDialog
      title={passkey === null ? <Trans>Remove the app for codes?</Trans> : <Trans>Remove the passkey {passkey.name}?</Trans>}
      button={passkey === null ? <Trans>Remove the app</Trans> : <Trans>Remove the passkey</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void remove()}
    >
      <p className="text-muted">
        {passkey === null ? <Trans>Its codes no longer work then. Delete the entry in the app as well.</Trans> : <Trans>It no longer works then. Delete it on the device as well.</Trans>}
      </p>
      <ProofFields form={proof} deed={deed} />
    </FormDialog>
  );
}
