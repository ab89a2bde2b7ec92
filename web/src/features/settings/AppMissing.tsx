import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { admin } from "@/api/admin";
import { useResource } from "@/session";
import { Banner, buttonClass } from "@/ui";

/** Before the first mailbox is imported: nobody can sign in for one while Microsoft does not know us. */
export function AppMissing() {
  const { resource } = useResource("microsoft", admin.microsoft);
  if (resource.status !== "ready") return null; // when it fails, the list below says why
  const { client_id, has_secret, has_certificate } = resource.data;
  if (client_id && (has_secret || has_certificate)) return null;
  return (
    <Banner
      tone="warning" title={<Trans>Poststelle's app registration at Microsoft is missing</Trans>}
      actions={<Link to="/settings/basic/microsoft" className={buttonClass("secondary")}><Trans>To the Microsoft settings</Trans></Link>}
    >
      <Trans>Mailboxes can be imported, but nobody can sign in for them until it has been entered. It is needed once, for all mailboxes.</Trans>
    </Banner>
  );
}
