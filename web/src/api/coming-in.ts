import { request } from "./request";
import type { NextStep } from "./security-types";
import type { Me } from "./types";

/** What the pages before the login alone ask: they come with those. */
export const comingIn = {
  lookAtInvitation: (token: string) => request<{ login: string; name: string }>("POST", "/api/invitation/look", { token }),
  acceptInvitation: (token: string, password: string) => request<Me | NextStep>("POST", "/api/invitation", { token, password }),
  /** Where the browser goes for single sign-on; `next`: the page of ours to go to afterwards. */
  beginSignOn: (next: string) => request<{ url: string }>("POST", "/api/login/sso", { next }),
};
