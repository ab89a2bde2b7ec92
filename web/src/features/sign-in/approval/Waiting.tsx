import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import type { Mailbox } from "@/api";
import type { ApprovalState } from "@/api/setup-types";
import { Banner } from "@/ui";
import { ApprovalGuide } from "./ApprovalGuide";

/** Somebody tried, and the organisation's administrator must approve first: this page waits with them. */
export function Waiting({ mailbox, asked }: { readonly mailbox: Mailbox; readonly asked: ApprovalState }) {
  const [givenFor, setGivenFor] = useState<string | null>(null);
  if (asked.given_at !== null || givenFor === mailbox.id) {
    return (
      <Banner tone="success" title={<Trans>The approval is there</Trans>}>
        <Trans>Your organisation may use Poststelle. One step is left: sign in at Microsoft for this mailbox.</Trans>
      </Banner>
    );
  }
  return (
    <>
      <p className="text-reading">
        <Trans>An administrator of your organisation must approve Poststelle before anybody can sign in for this mailbox.</Trans>
      </p>
      <ApprovalGuide accountId={mailbox.id} address={mailbox.address} onGiven={() => setGivenFor(mailbox.id)} />
    </>
  );
}
