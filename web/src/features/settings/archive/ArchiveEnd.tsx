import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { Archive } from "@/api";
import { admin } from "@/api/admin";
import { isSameAddress } from "@/lib/address";
import { ErrorNote, useDeed } from "@/session";
import { Button, Dialog, TextField } from "@/ui";
import { Group } from "../Page";

interface EndProps {
  readonly archive: Archive;
  readonly onDeleted: () => void;
}

/** Of a mailbox that was deleted here: its archive can go, too. */
export function ArchiveEnd({ archive, onDeleted }: EndProps) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const deed = useDeed();
  const address = archive.address;
  const close = () => {
    setOpen(false);
    setTyped("");
    deed.clear();
  };
  const destroy = async () => {
    if (await deed.run(() => admin.deleteArchive(archive.account, typed))) onDeleted();
  };
  return (
    <Group title={<Trans>Delete</Trans>} intro={<Trans>All messages of this archive are deleted for good. The audit trail notes it.</Trans>}>
      <Button className="text-danger" onClick={() => setOpen(true)}><Trans>Delete the archive …</Trans></Button>
      <Dialog
        isOpen={isOpen}
        onClose={close}
        title={<Trans>Delete the archive of {address}?</Trans>}
        actions={
          <>
            <Button onClick={close}><Trans>Cancel</Trans></Button>
            <Button variant="danger" disabled={!isSameAddress(typed, address)} isBusy={deed.isBusy} onClick={() => void destroy()}>
              <Trans>Delete the archive for good</Trans>
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-4">
          {deed.error !== null && <ErrorNote error={deed.error} />}
          <p><Trans>Nobody can bring it back.</Trans></p>
          <TextField
            label={t`To confirm, type the address ${address}`}
            value={typed}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
          />
        </div>
      </Dialog>
    </Group>
  );
}
