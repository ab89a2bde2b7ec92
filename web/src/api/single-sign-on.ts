import { request } from "./request";
import type { IdentityProof } from "./security-types";
import type { UserId } from "./types";

/** Who vouches for people by OpenID Connect, and what its word counts for. */
export interface Provider {
  readonly issuer: string;
  readonly client_id: string;
  readonly name: string;
  readonly creates_users: boolean;
  readonly trusts_addresses: boolean;
  readonly trusts_second_factor: boolean;
}

export interface SingleSignOn {
  readonly provider: (Provider & { readonly has_secret: boolean }) | null;
  /** The address to register at the provider. */
  readonly redirect: string;
}

export const singleSignOn = {
  get: () => request<SingleSignOn>("GET", "/api/settings/sso"),
  /** Without `secret` the one that is there stays. */
  save: (body: Provider & { readonly secret?: string; readonly proof: IdentityProof }) => request<SingleSignOn>("PUT", "/api/settings/sso", body),
  remove: (proof: IdentityProof) => request<SingleSignOn>("DELETE", "/api/settings/sso", { proof }),
  /** Where the browser goes for the provider to ask who it is, whether they are logged in there or not. */
  signOnAnew: (next: string) => request<{ url: string }>("POST", "/api/login/sso", { next, anew: true }),
  /** Of an administrator with a proof. */
  forget: (user: UserId, proof?: IdentityProof) => request<unknown>("DELETE", `/api/users/${user}/identity`, { proof }),
};
