import { Trans, useLingui } from "@lingui/react/macro";
import { MailX } from "lucide-react";
import { Button, EmptyState } from "@/ui";
import { useListView } from "../state/mail";

/** Somebody else deleted it, or it was never here. */
export function Gone() {
  const { t } = useLingui();
  const { open } = useListView();
  return (
    <EmptyState
      icon={<MailX size={24} aria-hidden />} title={t`This message is no longer here`}
      actions={<Button onClick={() => { open(null); }}>{t`Back to the list`}</Button>}
    >
      <Trans>It was deleted in another window or another program.</Trans>
    </EmptyState>
  );
}
