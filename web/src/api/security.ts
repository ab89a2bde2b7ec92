import { request } from "./request";
import type * as wire from "./security-types";
import type { Me, UserId } from "./types";

interface Codes {
  readonly recovery_codes: readonly string[];
}

/** Logging in in one or two steps, one's logins and second factors. */
export const security = {
  login: (body: { login: string; password: string }) => request<Me | wire.NextStep>("POST", "/api/login", body),
  loginByCode: (token: string, code: string) => request<wire.Entered>("POST", "/api/login/code", { token, code }),
  /** `token` null: the passkey is the only step. */
  askLoginPasskey: (token: string | null) => request<wire.PasskeyQuestion>("POST", "/api/login/passkey/question", { token }),
  loginByPasskey: (answer: wire.PasskeyAnswer) => request<wire.Entered>("POST", "/api/login/passkey", answer),
  beginFirstApp: (token: string) => request<wire.NewApp>("POST", "/api/login/app", { token }),
  finishFirstApp: (token: string, code: string) => request<wire.Entered>("PUT", "/api/login/app", { token, code }),
  beginFirstPasskey: (token: string) => request<wire.PasskeyWish>("POST", "/api/login/new-passkey", { token }),
  finishFirstPasskey: (answer: wire.PasskeyAnswer, name: string) =>
    request<wire.Entered>("PUT", "/api/login/new-passkey", { ...answer, name }),

  logins: () => request<{ logins: readonly wire.Login[] }>("GET", "/api/me/logins").then((answer) => answer.logins),
  endLogin: (id: string) => request<unknown>("DELETE", `/api/me/logins/${id}`),
  endOtherLogins: () => request<{ ended: number }>("DELETE", "/api/me/logins"),
  endLoginsOf: (id: UserId) => request<{ ended: number }>("DELETE", `/api/users/${id}/logins`),

  factors: () => request<wire.Factors>("GET", "/api/me/second-factor"),
  askPasskey: () => request<wire.PasskeyQuestion>("POST", "/api/me/second-factor/question"),
  beginApp: (proof: wire.IdentityProof) => request<wire.NewApp>("POST", "/api/me/second-factor/app", proof),
  finishApp: (token: string, code: string) => request<Codes>("PUT", "/api/me/second-factor/app", { token, code }).then(codesOf),
  removeApp: (proof: wire.IdentityProof) => request<unknown>("DELETE", "/api/me/second-factor/app", proof),
  renewRecoveryCodes: (proof: wire.IdentityProof) => request<Codes>("POST", "/api/me/second-factor/recovery-codes", proof).then(codesOf),
  beginPasskey: (proof: wire.IdentityProof) => request<wire.PasskeyWish>("POST", "/api/me/passkeys", proof),
  finishPasskey: (answer: wire.PasskeyAnswer, name: string) =>
    request<Codes>("PUT", "/api/me/passkeys", { ...answer, name }).then(codesOf),
  renamePasskey: (id: string, name: string) => request<wire.Passkey>("PATCH", `/api/me/passkeys/${id}`, { name }),
  removePasskey: (id: string, proof: wire.IdentityProof) => request<unknown>("DELETE", `/api/me/passkeys/${id}`, proof),

  resetSecondFactor: (id: UserId, proof: wire.IdentityProof) => request<unknown>("DELETE", `/api/users/${id}/second-factor`, proof),
  secondFactorFor: () =>
    request<{ second_factor_for: wire.RequiredFor }>("GET", "/api/settings/login").then((answer) => answer.second_factor_for),
  requireSecondFactor: (second_factor_for: wire.RequiredFor) =>
    request<{ second_factor_for: wire.RequiredFor }>("PUT", "/api/settings/login", { second_factor_for }).then(
      (answer) => answer.second_factor_for,
    ),
};

const codesOf = (answer: Codes): readonly string[] => answer.recovery_codes;
