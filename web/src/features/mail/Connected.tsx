import { Trans } from "@lingui/react/macro";
import { Banner } from "@/ui";
import { useSignal } from "./state/hooks";
import { useMail } from "./state/mail";

/** Back from Microsoft's sign-in. Good news that needs no answer: it fades by itself. */
export function Connected({ onEnd }: { readonly onEnd: () => void }) {
  const { account } = useMail();
  const sync = useSignal(account.sync);
  if (sync && sync.state !== "connected") return null; // lost again: said below
  return (
    <div className="fade-away shrink-0" onAnimationEnd={onEnd}>
      <Banner tone="success" className="rounded-none py-2">
        <Trans>The mailbox is connected.</Trans>{" "}
        {sync?.isActive && (sync.phase === "steady" ? <Trans>New messages arrive by themselves.</Trans> : <Trans>Its messages are being loaded.</Trans>)}
      </Banner>
    </div>
  );
}
