import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import type { Archive } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed } from "@/session";
import { Banner, Button, Dialog } from "@/ui";

interface VipProps {
  readonly archive: Archive;
  readonly onEnded: () => void;
}

/** Why an administrator does not see all of an archive. Once its mailbox is deleted, that can be ended here. */
export function ArchiveVip({ archive, onEnded }: VipProps) {
  const [isOpen, setOpen] = useState(false);
  const deed = useDeed();
  const close = () => {
    setOpen(false);
    deed.clear();
  };
  const end = async () => {
    if (!(await deed.run(() => admin.changeArchive(archive.account, { ends_vip: true })))) return;
    close();
    onEnded();
  };
  return (
    <Banner tone="info" actions={!archive.is_there && <Button onClick={() => setOpen(true)}><Trans>End VIP for this archive …</Trans></Button>}>
      <Trans>VIP: you see and export only messages of the time when you were assigned to this mailbox. The proof covers all of them.</Trans>
      <Dialog
        isOpen={isOpen}
        onClose={close}
        title={<Trans>End VIP for the archive of {archive.address}?</Trans>}
        actions={
          <>
            <Button onClick={close}><Trans>Cancel</Trans></Button>
            <Button variant="danger" isBusy={deed.isBusy} onClick={() => void end()}><Trans>Show it to all administrators</Trans></Button>
          </>
        }
      >
        <div className="flex flex-col gap-4">
          {deed.error !== null && <ErrorNote error={deed.error} />}
          <p><Trans>Then every administrator sees and exports all of it, whenever they were assigned. This can't be undone, and the audit trail notes who did it.</Trans></p>
        </div>
      </Dialog>
    </Banner>
  );
}
