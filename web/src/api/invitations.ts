import { request } from "./request";
import type { IdentityProof } from "./security-types";
import type { AccountId, UserId } from "./types";

/** A fresh invitation; the link is told this once. */
export interface NewInvitation {
  readonly link: string;
  readonly expires_at: string;
  /** The address that it was sent to. */
  readonly mailed_to: string | null;
  /** Why it was not sent, where it should have been. */
  readonly mail_problem: string | null;
}

/** Links by which people choose their first password. */
export const invitations = {
  invite: (user: UserId, body: { mailbox: AccountId | null; language: "de" | "en"; proof?: IdentityProof }) =>
    request<NewInvitation>("POST", `/api/users/${user}/invitation`, body),
  revoke: (user: UserId) => request<unknown>("DELETE", `/api/users/${user}/invitation`),
};
