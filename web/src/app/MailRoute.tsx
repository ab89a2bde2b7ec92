import { useLingui } from "@lingui/react/macro";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import type { Mailbox } from "@/api";
import { showToast } from "@/ui";

const MailPage = lazy(async () => ({ default: (await import("@/features/mail")).MailPage }));
const HandOver = lazy(async () => ({ default: (await import("@/features/sign-in")).HandOver }));

/** Joins mail and sign-in, which never import one another: the hand-over is passed in. */
export function MailRoute() {
  const params = useParams({ strict: false });
  useWelcomeBack(params.accountId);
  return (
    <Suspense fallback={null}>
      <MailPage
        {...(params.accountId ? { accountId: params.accountId } : {})}
        {...(params.folderId ? { folderId: params.folderId } : {})}
        {...(params.messageId ? { messageId: params.messageId } : {})}
        handOver={(mailbox: Mailbox) => (
          <Suspense fallback={null}>
            <HandOver mailbox={mailbox} />
          </Suspense>
        )}
      />
    </Suspense>
  );
}

/** After the way back from Microsoft: say that it worked, and clear the mark from the address. */
function useWelcomeBack(accountId: string | undefined): void {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { signed_in } = useSearch({ strict: false });
  useEffect(() => {
    if (!signed_in || !accountId) return;
    showToast(t`The mailbox is connected. Its messages are being loaded.`);
    void navigate({ to: "/mail/$accountId", params: { accountId }, search: {}, replace: true });
  }, [signed_in, accountId, navigate, t]);
}
