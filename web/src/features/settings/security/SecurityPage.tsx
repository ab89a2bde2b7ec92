import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Page } from "../Page";
import { Logins } from "./Logins";
import { SecondFactor } from "./SecondFactor";

/** Who else could be here in one's name, and what keeps them out. */
export function SecurityPage() {
  return (
    <Page
      title={<Trans>Security</Trans>}
      intro={
        <Trans>
          Your password and the access of your programs are under{" "}
          <Link to="/settings/me" className="text-accent underline underline-offset-2">My profile</Link>.
        </Trans>
      }
    >
      <SecondFactor />
      <Logins />
    </Page>
  );
}
