import { Trans } from "@lingui/react/macro";
import { useMe } from "@/session";
import { Page } from "../Page";
import { InstallGroup } from "./InstallGroup";
import { KeptGroup } from "./KeptGroup";
import { NoticesGroup } from "./NoticesGroup";
import { QuietGroup } from "./QuietGroup";

/** What Poststelle may do on the device one sits at: notify, be installed, keep mail. It holds in this browser alone, but for quiet hours. */
export function DevicePage() {
  const me = useMe();
  return (
    <Page title={<Trans>Notifications and this device</Trans>} intro={<Trans>These choices hold for you in this browser, quiet hours wherever you log in.</Trans>}>
      <NoticesGroup me={me} />
      <QuietGroup me={me} />
      <InstallGroup />
      <KeptGroup me={me} />
    </Page>
  );
}
