import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { Archive } from "@/api";
import { admin } from "@/api/admin";
import { isSameAddress } from "@/lib/address";
import { useDeed } from "@/session";
import { Button, TextField } from "@/ui";
import { errorAt, FormDialog } from "../FormDialog";
import { Group } from "../Page";
import { ProofFields, useProof } from "../security/proof";

interface EndProps {
  readonly archive: Archive;
  readonly onDeleted: () => void;
}

/** Of a mailbox that was deleted here: its archive can go, too. */
export function ArchiveEnd({ archive, onDeleted }: EndProps) {
  const [isOpen, setOpen] = useState(false);
  const isGone = archive.state === "gone";
  return (
    <Group
      title={<Trans>Delete</Trans>}
      intro={isGone
        ? <Trans>Once you know what has become of it, you can say that there need be no archive any more. The audit trail notes it.</Trans>
        : <Trans>All messages of this archive are deleted for good. The audit trail notes it.</Trans>}
    >
      <Button className="text-danger" onClick={() => setOpen(true)}><Trans>Delete the archive …</Trans></Button>
      {isOpen && <Destroy archive={archive} onClose={() => setOpen(false)} onDeleted={onDeleted} />}
    </Group>
  );
}

function Destroy({ archive, onClose, onDeleted }: EndProps & { readonly onClose: () => void }) {
  const { t } = useLingui();
  const [typed, setTyped] = useState("");
  const deed = useDeed();
  const proof = useProof();
  const address = archive.address;
  const destroy = async () => {
    if (await deed.run(async () => admin.deleteArchive(archive.account, typed, await proof.get()))) onDeleted();
  };
  return (
    <FormDialog
      title={<Trans>Delete the archive of {address}?</Trans>}
      button={<Trans>Delete the archive for good</Trans>}
      variant="danger"
      isReady={isSameAddress(typed, address)}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void destroy()}
    >
      <p><Trans>Nobody can bring it back.</Trans></p>
      <TextField
        label={t`To confirm, type the address ${address}`}
        value={typed}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        error={errorAt(deed, "address")}
        onChange={(event) => setTyped(event.target.value)}
      />
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}
