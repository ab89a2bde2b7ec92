import type { Language } from "@/lib/language";
import type { Request } from "./client";
import type { AutomaticReply, Forwarding, ForwardingWish } from "./absence-types";
import type { AuditEntry, AuditFilter, AuditProof } from "./audit-types";
import type { Alerts, AlertsTold, Health } from "./health-types";
import type { PictureSender } from "./picture-types";
import { createSecurityApi } from "./security";
import type { IdentityProof, Second } from "./security-types";
import type * as wire from "./types";
import { sendFile } from "./upload";

/** Every call of the administration API by name; one line each, no logic. */
export function createApi(request: Request) {
  return {
    ...createSecurityApi(request),
    start: () => request<wire.Start>("GET", "/api/start"),
    setup: (body: { login: string; name: string; password: string; email: string; setup_code?: string }) =>
      request<wire.Me>("POST", "/api/setup", body),
    logout: () => request<unknown>("POST", "/api/logout"),
    changeMe: (body: Partial<Pick<wire.Me, "name" | "language" | "theme" | "shows_reading" | "phone" | "position">> & { readonly mail_page?: Partial<wire.MailPage> }) =>
      request<wire.Me>("PATCH", "/api/me", body),
    changePassword: (body: { old: string; new: string } & Second) => request<unknown>("POST", "/api/me/password", body),

    tokens: () =>
      request<{ tokens: readonly wire.ApiToken[] }>("GET", "/api/me/tokens").then((answer) => answer.tokens),
    addToken: (body: wire.NewApiToken & IdentityProof) =>
      request<{ token: wire.ApiToken; secret: string }>("POST", "/api/me/tokens", body),
    revokeToken: (id: wire.TokenId) => request<unknown>("DELETE", `/api/me/tokens/${id}`),

    ownBoilerplate: () =>
      request<{ boilerplate: readonly wire.Boilerplate[] }>("GET", "/api/me/boilerplate").then(
        (answer) => answer.boilerplate,
      ),
    boilerplateOf: (id: wire.AccountId) =>
      request<{ boilerplate: readonly wire.Boilerplate[]; may_change: boolean }>("GET", `/api/mailboxes/${id}/boilerplate`),
    /** `account` null: one's own. */
    addBoilerplate: (account: wire.AccountId | null, body: { kind: wire.BoilerplateKind } & wire.BoilerplateFields) =>
      request<wire.Boilerplate>("POST", account === null ? "/api/me/boilerplate" : `/api/mailboxes/${account}/boilerplate`, body),
    changeBoilerplate: (id: wire.BoilerplateId, body: Partial<wire.BoilerplateFields>) =>
      request<wire.Boilerplate>("PATCH", `/api/boilerplate/${id}`, body),
    removeBoilerplate: (id: wire.BoilerplateId) => request<unknown>("DELETE", `/api/boilerplate/${id}`),
    addTemplateFile: (id: wire.BoilerplateId, file: File, onProgress: (share: number) => void = () => undefined) =>
      sendFile<wire.Boilerplate>(`/api/boilerplate/${id}/files?${new URLSearchParams({ name: file.name }).toString()}`, file, onProgress, file.type),
    removeTemplateFile: (id: wire.BoilerplateId, file: string) =>
      request<wire.Boilerplate>("DELETE", `/api/boilerplate/${id}/files/${file}`),
    /** The template's files as blobs of the mail API, for a letter from this mailbox. */
    bringTemplateFiles: (account: wire.AccountId, id: wire.BoilerplateId) =>
      request<{ files: readonly wire.BroughtFile[] }>("POST", `/api/mailboxes/${account}/boilerplate/${id}/files`).then(
        (answer) => answer.files,
      ),
    automaticReply: (id: wire.AccountId) => request<AutomaticReply>("GET", `/api/mailboxes/${id}/automatic-reply`),
    setAutomaticReply: (id: wire.AccountId, reply: AutomaticReply) => request<AutomaticReply>("PUT", `/api/mailboxes/${id}/automatic-reply`, reply),
    forwarding: (id: wire.AccountId) => request<Forwarding>("GET", `/api/mailboxes/${id}/forwarding`),
    setForwarding: (id: wire.AccountId, wish: ForwardingWish) => request<Forwarding>("PUT", `/api/mailboxes/${id}/forwarding`, wish),
    ownGroups: () =>
      request<{ groups: readonly wire.RecipientGroup[] }>("GET", "/api/me/groups").then((answer) => answer.groups),
    groupsOf: (id: wire.AccountId) =>
      request<{ groups: readonly wire.RecipientGroup[]; may_change: boolean }>("GET", `/api/mailboxes/${id}/groups`),
    /** `account` null: one's own. */
    addGroup: (account: wire.AccountId | null, body: wire.GroupFields) =>
      request<wire.RecipientGroup>("POST", account === null ? "/api/me/groups" : `/api/mailboxes/${account}/groups`, body),
    changeGroup: (id: wire.GroupId, body: Partial<wire.GroupFields>) =>
      request<wire.RecipientGroup>("PATCH", `/api/groups/${id}`, body),
    removeGroup: (id: wire.GroupId) => request<unknown>("DELETE", `/api/groups/${id}`),
    pictureSenders: () => request<{ senders: readonly PictureSender[] }>("GET", "/api/me/pictures").then((answer) => answer.senders),
    /** `is_allowed` false: they are asked about again. */
    choosePictures: (address: string, is_allowed: boolean) =>
      request<{ senders: readonly PictureSender[] }>("PUT", "/api/me/pictures", { address, is_allowed }).then((answer) => answer.senders),
    quietHours: () => request<wire.QuietHours>("GET", "/api/me/quiet"),
    chooseQuietHours: (week: wire.QuietWeek) => request<wire.QuietHours>("PUT", "/api/me/quiet", week),
    pauseNotices: (how_long: "hour" | "tomorrow", time_zone: string) =>
      request<wire.QuietHours>("PUT", "/api/me/quiet/pause", { how_long, time_zone }),
    resumeNotices: () => request<wire.QuietHours>("DELETE", "/api/me/quiet/pause"),
    /** Whom the mailbox writes to and hears from, best first. */
    people: (id: wire.AccountId) =>
      request<{ people: readonly { name: string; email: string }[] }>("GET", `/api/mailboxes/${id}/people`).then((answer) => answer.people),
    /** `send` null: it is to be asked about again. `to`: where it may go though the message is from somebody else. */
    answerReceipt: (id: wire.AccountId, message: string, send: boolean | null, to: string | null = null) =>
      request<unknown>("POST", `/api/mailboxes/${id}/messages/${message}/receipt`, { send, to }),
    writing: (id: wire.AccountId) => request<wire.WritingNeeds>("GET", `/api/mailboxes/${id}/writing`),
    chooseSigning: (id: wire.AccountId, email: string, signature: wire.SigningChoice, answer_signature: wire.SigningChoice) =>
      request<wire.WritingNeeds>("PUT", `/api/mailboxes/${id}/signing`, { email, signature, answer_signature }),

    health: () => request<Health>("GET", "/api/health"),
    alerts: () => request<Alerts>("GET", "/api/settings/alerts"),
    setAlerts: (body: Alerts & { readonly wants_secret?: boolean }) =>
      request<Alerts & { readonly secret: string | null }>("PUT", "/api/settings/alerts", body),
    tryAlerts: () => request<AlertsTold>("POST", "/api/settings/alerts/test"),
    users: () => request<{ users: readonly wire.User[] }>("GET", "/api/users").then((answer) => answer.users),
    addUser: (body: wire.NewUser) => request<wire.User>("POST", "/api/users", body),
    changeUser: (id: wire.UserId, body: wire.UserChange) => request<wire.User>("PATCH", `/api/users/${id}`, body),
    deleteUser: (id: wire.UserId) => request<unknown>("DELETE", `/api/users/${id}`),

    accounts: (type: wire.AccountType) =>
      request<{ accounts: readonly wire.AccountRow[] }>("GET", `/api/accounts?type=${type}`).then(
        (answer) => answer.accounts,
      ),
    account: (id: wire.AccountId) => request<wire.AccountRow>("GET", `/api/accounts/${id}`),
    importAccount: (address: string) =>
      request<wire.AccountRow>("POST", "/api/accounts", { address, confirm: true }),
    addInternal: (address: string, users: readonly { id: wire.UserId; level: wire.Level }[], language: Language) =>
      request<wire.AccountRow>("POST", "/api/accounts", { type: "internal", address, users, language, confirm: true }),
    exports: (id: wire.AccountId) => request<wire.Exports>("GET", `/api/mailboxes/${id}/exports`),
    /** mbox, ZIP, or one message; `onProgress` tells the share that the server has taken. */
    importFile: (id: wire.AccountId, file: Blob, onProgress: (share: number) => void) =>
      sendFile<wire.ImportedFile>(`/api/mailboxes/${id}/import`, file, onProgress),
    changeAccount: (id: wire.AccountId, body: { name?: string; is_active?: boolean }) =>
      request<wire.AccountRow>("PATCH", `/api/accounts/${id}`, body),
    historyDepth: (id: wire.AccountId, months: number | null) =>
      request<wire.HistoryDepth>("GET", `/api/accounts/${id}/history${months === null ? "" : `?months=${months}`}`),
    /** `confirm`: the person was shown that local copies go. */
    chooseHistory: (id: wire.AccountId, months: number | null, confirm: boolean) =>
      request<wire.AccountRow>("PUT", `/api/accounts/${id}/history`, { months, confirm }),
    importMany: (addresses: string) =>
      request<{ lines: readonly wire.ImportedLine[] }>("POST", "/api/accounts/import", { addresses, confirm: true }).then(
        (answer) => answer.lines,
      ),
    allowApplication: (id: wire.AccountId) =>
      request<{ sign_ins: readonly wire.SignInRow[] }>("POST", `/api/accounts/${id}/application`, { confirm: true }).then(
        (answer) => answer.sign_ins,
      ),
    moveSignInUp: (id: wire.AccountId, signIn: wire.SignInId) =>
      request<{ sign_ins: readonly wire.SignInRow[] }>("POST", `/api/mailboxes/${id}/sign-ins/${signIn}/up`).then(
        (answer) => answer.sign_ins,
      ),
    removeSignIn: (id: wire.AccountId, signIn: wire.SignInId) =>
      request<{ sign_ins: readonly wire.SignInRow[] }>("DELETE", `/api/mailboxes/${id}/sign-ins/${signIn}`).then(
        (answer) => answer.sign_ins,
      ),
    warnings: () =>
      request<{ warnings: readonly wire.Warning[] }>("GET", "/api/warnings").then((answer) => answer.warnings),
    applicationAccess: () => request<wire.ApplicationAccess>("GET", "/api/settings/microsoft/application"),
    disconnect: (id: wire.AccountId) => request<wire.AccountRow>("POST", `/api/accounts/${id}/disconnect`),
    deleteAccount: (id: wire.AccountId, address: string) =>
      request<unknown>("DELETE", `/api/accounts/${id}`, { address }),
    assign: (id: wire.AccountId, user: wire.UserId, level: wire.Level) =>
      request<wire.AccountRow>("PUT", `/api/accounts/${id}/users/${user}`, { level, confirm: true }),
    unassign: (id: wire.AccountId, user: wire.UserId) =>
      request<wire.AccountRow>("DELETE", `/api/accounts/${id}/users/${user}`),

    audit: (filter: AuditFilter & { before?: string }) =>
      request<{ entries: readonly AuditEntry[] }>("GET", `/api/audit?${new URLSearchParams({ ...filter }).toString()}`).then(
        (answer) => answer.entries,
      ),
    /** Where the entries are as a file. */
    auditFile: (filter: AuditFilter, format: "csv" | "jsonl") =>
      `/api/audit/export?${new URLSearchParams({ ...filter, format }).toString()}`,
    proveAudit: () => request<AuditProof>("POST", "/api/audit/verify", {}),
    auditMonths: () => request<{ keep_months: number | null }>("GET", "/api/settings/audit").then((answer) => answer.keep_months),
    setAuditMonths: (keep_months: number | null) =>
      request<{ keep_months: number | null }>("PUT", "/api/settings/audit", { keep_months }).then((answer) => answer.keep_months),
    microsoft: () => request<wire.MicrosoftSettings>("GET", "/api/settings/microsoft"),
    changeMicrosoft: (body: wire.MicrosoftChange) =>
      request<wire.MicrosoftSettings>("PUT", "/api/settings/microsoft", body),

    mailboxes: () => request<readonly wire.Mailbox[]>("GET", "/api/mailboxes"),
    refresh: (id: wire.AccountId) => request<unknown>("POST", `/api/mailboxes/${id}/refresh`),
    proof: (id: wire.AccountId) => request<wire.Proof>("GET", `/api/mailboxes/${id}/checks`),
    startCheck: (id: wire.AccountId) => request<wire.Check>("POST", `/api/mailboxes/${id}/checks`),
    findings: (id: wire.AccountId, check: string) =>
      request<{ findings: readonly wire.Finding[] }>("GET", `/api/mailboxes/${id}/checks/${check}`).then(
        (answer) => answer.findings,
      ),
    checkPlan: () => request<wire.CheckPlan>("GET", "/api/settings/checks"),
    changeCheckPlan: (body: Partial<wire.CheckPlan>) => request<wire.CheckPlan>("PUT", "/api/settings/checks", body),
    approval: (id: wire.AccountId) => request<wire.Approval>("GET", `/api/mailboxes/${id}/approval`),
    startSignIn: (id: wire.AccountId, wish: wire.SignInWish = {}) =>
      request<{ url: string }>("POST", `/sign-in/microsoft/${id}`, { confirm: true, ...wish }),
  };
}

export type Api = ReturnType<typeof createApi>;
