import { Trans } from "@lingui/react/macro";
import { Button, Dialog } from "@/ui";
import { ErrorNote } from "./ErrorNote";
import type { FailedWayBack } from "./wayBack";
import { failedWayBack } from "./wayBack";

/** Something could not be undone: why, and another try. The toast that offered it has gone by now. */
export function WayBackFailed({ error, again }: FailedWayBack) {
  const close = (): void => { failedWayBack.set(null); };
  return (
    <Dialog
      isOpen onClose={close} title={<Trans>This could not be undone.</Trans>}
      actions={
        <>
          <Button data-focus-first onClick={close}><Trans>Leave it so</Trans></Button>
          <Button variant="primary" onClick={again}><Trans>Try again</Trans></Button>
        </>
      }
    >
      <ErrorNote error={error} />
    </Dialog>
  );
}
