import { api, type AccountId, type SignInWish } from "@/api";
import { type Deed } from "./types";
import { useDeed } from "@/session";

/**
 * Leads to Microsoft's own sign-in page. The server makes the address and keeps
 * state, nonce and PKCE; we only go there. The page stays busy until it leaves.
 */
export function useStartSignIn(account: AccountId, wish: SignInWish = {}): Deed {
  const deed = useDeed();
  const start = () =>
    void deed.run(async () => {
      const { url } = await api.startSignIn(account, wish);
      window.location.assign(url);
      await new Promise<never>(() => undefined); // the browser is leaving this page
    });
  return { isBusy: deed.isBusy, error: deed.error, start };
}
