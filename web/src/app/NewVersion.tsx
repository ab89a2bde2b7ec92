import { Trans } from "@lingui/react/macro";
import { useState, useSyncExternalStore } from "react";
import { hasNewVersion, takeOver } from "@/device/worker";
import { Banner, Button } from "@/ui";

/** A newer page lies ready. Nothing that is being written is lost: it is saved or offered again. */
export function NewVersion() {
  const isThere = useSyncExternalStore(hasNewVersion.subscribe, hasNewVersion.get);
  const [isLater, setLater] = useState(false);
  if (!isThere || isLater) return null;
  return (
    <Banner
      tone="info" className="shrink-0 rounded-none" title={<Trans>A new version is ready</Trans>}
      actions={
        <>
          <Button variant="primary" onClick={() => void takeOver()}><Trans>Reload</Trans></Button>
          <Button onClick={() => setLater(true)}><Trans>Later</Trans></Button>
        </>
      }
    >
      <Trans>What you are writing is kept.</Trans>
    </Banner>
  );
}
