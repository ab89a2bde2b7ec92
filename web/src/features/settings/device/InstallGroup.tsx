import { Trans } from "@lingui/react/macro";
import { Download } from "lucide-react";
import { useSyncExternalStore } from "react";
import { install } from "@/device/install";
import { isApple, isStandalone } from "@/device/standalone";
import { Button } from "@/ui";
import { Group } from "../Page";

/** Poststelle as a program with an icon of its own, as far as this browser can do it. */
export function InstallGroup() {
  const installNow = useSyncExternalStore(install.subscribe, install.get);
  return (
    <Group title={<Trans>Install</Trans>} intro={<Trans>Poststelle gets an icon and a window of its own, and opens without a connection.</Trans>}>
      {isStandalone() ? (
        <p><Trans>It is installed on this device.</Trans></p>
      ) : installNow ? (
        <Button icon={<Download size={16} aria-hidden />} onClick={() => void installNow()}><Trans>Install Poststelle</Trans></Button>
      ) : isApple() ? (
        <p><Trans>Press “Share” in Safari, then “Add to Home Screen”.</Trans></p>
      ) : (
        <p className="text-muted"><Trans>This browser offers it in its own menu, or not at all. It needs an address with https.</Trans></p>
      )}
    </Group>
  );
}
