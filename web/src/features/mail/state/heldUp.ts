/** Why a letter has not been sent so far, and when it will be. */
import { useLingui } from "@lingui/react/macro";
import { useDates } from "@/i18n";
import { serverNow } from "@/lib/serverClock";

/** `retryAt`: when it is tried again; what is past or null is said to be so now. */
export function useHeldUpWords(): (waitsFor: "service" | "sign_in", retryAt: string | null) => string {
  const { t } = useLingui();
  const { clock } = useDates();
  return (waitsFor, retryAt) => {
    if (waitsFor === "sign_in") return t`Somebody must sign in to this mailbox at Microsoft again. Then it is sent by itself.`;
    if (retryAt === null || Date.parse(retryAt) <= serverNow()) return t`Microsoft is not available at the moment, or busy. It is just being tried again.`;
    return t`Microsoft is not available at the moment, or busy. It is tried again by itself at ${clock(retryAt)}.`;
  };
}
