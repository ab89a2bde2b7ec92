import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import type { SignInRow } from "@/api";
import type { AccountId } from "@/jmap";
import { signInReason } from "@/session";
import { Banner, Button, Dialog } from "@/ui";
import { useAsOf } from "./state/asOf";
import { useSignal } from "./state/hooks";
import { useMail } from "./state/mail";
import { useHandOver } from "./state/handOver";

/** What everybody who uses the mailbox must know now, the most urgent alone: offline, else a missing or lost sign-in. */
export function Banners() {
  const { t } = useLingui();
  const { store, mailbox, account } = useMail();
  const line = useSignal(store.line);
  const sync = useSignal(account.sync);
  const handOver = useHandOver();
  const [isOpen, setOpen] = useState(false);
  const state = sync?.state ?? mailbox.state;
  const isConnected = state === "connected";
  const words = state === "waiting_for_sign_in"
    ? { title: t`Not connected to Microsoft`, button: t`Connect this mailbox`, dialog: t`Connect this mailbox` }
    : { title: t`Sign-in needed`, button: t`Sign in again`, dialog: t`A new sign-in is needed` };
  return (
    <>
      {line === "offline" ? (
        <OfflineBanner account={account.id} />
      ) : !isConnected && (
        <Banner
          tone="warning" className="shrink-0 rounded-none" title={words.title}
          actions={mailbox.may_sign_in && <Button onClick={() => { setOpen(true); }}>{words.button}</Button>}
        >
          <Trans>What was loaded stays readable. New mail arrives when somebody has signed in at Microsoft again.</Trans>{" "}
          {mailbox.level !== "read" && <Trans>What you change until then is kept and sent afterwards.</Trans>}
        </Banner>
      )}
      <TakenOver lost={isConnected ? (mailbox.lost_sign_ins ?? []) : []} />
      <Dialog isOpen={isOpen && !isConnected} onClose={() => { setOpen(false); }} title={words.dialog} width="wide">
        {handOver({ ...mailbox, state }, "dialog")}
      </Dialog>
    </>
  );
}

/** The line to the server is cut. */
export function OfflineBanner({ account }: { readonly account: AccountId }) {
  const { t } = useLingui();
  const asOf = useAsOf(account, true);
  return (
    <Banner tone="warning" className="shrink-0 rounded-none" title={asOf === null ? t`No connection to the server` : t`Offline – as of ${asOf}`}>
      <Trans>You see what was loaded last. It continues by itself as soon as the connection is back.</Trans>
    </Banner>
  );
}

/** A sign-in has ended and another one stands in: nothing is missing, but somebody should renew it. */
function TakenOver({ lost }: { readonly lost: readonly SignInRow[] }) {
  const { t } = useLingui();
  const [isHidden, setHidden] = useState(false);
  const first = lost[0];
  if (!first || isHidden) return null;
  const { what, remedy } = signInReason(first.reason);
  const name = first.username || t`Access by application`;
  return (
    <Banner
      tone="info" className="shrink-0 rounded-none" title={t`Another sign-in has taken over`}
      actions={<Button onClick={() => { setHidden(true); }}>{t`Understood`}</Button>}
    >
      <Trans>The sign-in {name} no longer works; mail keeps coming through another one.</Trans> {what} {remedy}
    </Banner>
  );
}
