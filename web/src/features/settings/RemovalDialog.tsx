import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Button, Dialog } from "@/ui";

interface RemovalProps {
  readonly title: ReactNode;
  readonly isBusy: boolean;
  readonly onClose: () => void;
  readonly onSure: () => void;
  /** What goes, and how much of it. */
  readonly children: ReactNode;
}

/** Asks before what is older than is to be kept goes for good. */
export function RemovalDialog({ title, isBusy, onClose, onSure, children }: RemovalProps) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}><Trans>Cancel</Trans></Button>
          <Button variant="danger" isBusy={isBusy} onClick={onSure}><Trans>Remove them for good</Trans></Button>
        </>
      }
    >
      <p>{children}</p>
    </Dialog>
  );
}
