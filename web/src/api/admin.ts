import type { Language } from "@/lib/language";
import type { Archive, ArchiveChange, ArchiveEntry, ArchiveFilter, ArchivePortion } from "./archive-types";
import type { AuditEntry, AuditFilter, AuditProof, TrailState } from "./audit-types";
import type { Alerts, AlertsTold, Health } from "./health-types";
import type { IdentityProof, Second } from "./security-types";
import type * as wire from "./types";
import { request } from "./request";
import { sendFile } from "./upload";

/** What is said of these, as the part of an address behind its question mark. */
const inQuery = (said: Readonly<Record<string, string | number | undefined>>): string =>
  new URLSearchParams(Object.entries(said).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))).toString();

/** Calls that the settings alone make: they come with those pages. */
export const admin = {
  changePassword: (body: { old: string; new: string } & Second) => request<unknown>("POST", "/api/me/password", body),

  tokens: () =>
    request<{ tokens: readonly wire.ApiToken[] }>("GET", "/api/me/tokens").then((answer) => answer.tokens),
  addToken: (body: wire.NewApiToken & IdentityProof) =>
    request<{ token: wire.ApiToken; secret: string }>("POST", "/api/me/tokens", body),
  revokeToken: (id: wire.TokenId) => request<unknown>("DELETE", `/api/me/tokens/${id}`),
  quietHours: () => request<wire.QuietHours>("GET", "/api/me/quiet"),
  chooseQuietHours: (week: wire.QuietWeek) => request<wire.QuietHours>("PUT", "/api/me/quiet", week),
  pauseNotices: (how_long: "hour" | "tomorrow", time_zone: string) =>
    request<wire.QuietHours>("PUT", "/api/me/quiet/pause", { how_long, time_zone }),
  resumeNotices: () => request<wire.QuietHours>("DELETE", "/api/me/quiet/pause"),

  health: () => request<Health>("GET", "/api/health"),
  alerts: () => request<Alerts>("GET", "/api/settings/alerts"),
  setAlerts: (body: Alerts & { readonly wants_secret?: boolean; readonly proof?: IdentityProof }) =>
    request<Alerts & { readonly secret: string | null }>("PUT", "/api/settings/alerts", body),
  tryAlerts: () => request<AlertsTold>("POST", "/api/settings/alerts/test"),
  addUser: (body: wire.NewUser) => request<wire.User>("POST", "/api/users", body),
  changeUser: (id: wire.UserId, body: wire.UserChange) => request<wire.User>("PATCH", `/api/users/${id}`, body),
  /** `proof`: needed for an administrator, and to erase the name. */
  deleteUser: (id: wire.UserId, erasesName: boolean, proof?: IdentityProof) =>
    request<unknown>("DELETE", `/api/users/${id}?erase_name=${erasesName}`, { proof }),

  accounts: (type: wire.AccountType) =>
    request<{ accounts: readonly wire.AccountRow[] }>("GET", `/api/accounts?type=${type}`).then(
      (answer) => answer.accounts,
    ),
  importAccount: (address: string) =>
    request<wire.AccountRow>("POST", "/api/accounts", { address, confirm: true }),
  addInternal: (address: string, users: readonly { id: wire.UserId; level: wire.Level }[], language: Language) =>
    request<wire.AccountRow>("POST", "/api/accounts", { type: "internal", address, users, language, confirm: true }),
  exports: (id: wire.AccountId) => request<wire.Exports>("GET", `/api/mailboxes/${id}/exports`),
  /** mbox, ZIP, or one message; `onProgress` tells the share that the server has taken. */
  importFile: (id: wire.AccountId, file: Blob, onProgress: (share: number) => void) =>
    sendFile<wire.ImportedFile>(`/api/mailboxes/${id}/import`, file, onProgress),
  changeAccount: (id: wire.AccountId, body: { name?: string; is_active?: boolean; is_vip?: boolean }) =>
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
  /** Of the mailbox that alerts come from the last that works needs `proof`. */
  removeSignIn: (id: wire.AccountId, signIn: wire.SignInId, proof?: IdentityProof) =>
    request<{ sign_ins: readonly wire.SignInRow[] }>("DELETE", `/api/mailboxes/${id}/sign-ins/${signIn}`, proof ? { proof } : undefined).then(
      (answer) => answer.sign_ins,
    ),
  warnings: () =>
    request<{ warnings: readonly wire.Warning[] }>("GET", "/api/warnings").then((answer) => answer.warnings),
  applicationAccess: () => request<wire.ApplicationAccess>("GET", "/api/settings/microsoft/application"),
  /** Needs `proof` where alerts come from it. */
  disconnect: (id: wire.AccountId, proof?: IdentityProof) =>
    request<wire.AccountRow>("POST", `/api/accounts/${id}/disconnect`, proof ? { proof } : undefined),
  /** `archive`: its archive goes, too, which needs `proof`. */
  deleteAccount: (id: wire.AccountId, address: string, archive = false, discard = false, proof?: IdentityProof) =>
    request<unknown>("DELETE", `/api/accounts/${id}`, { address, archive, discard, ...(proof ? { proof } : {}) }),
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
  /** Where all that is kept of a user is as a file; "me": of oneself. */
  dataOf: (id: wire.UserId | "me") => (id === "me" ? "/api/me/data" : `/api/users/${id}/data`),
  proveAudit: () => request<AuditProof>("POST", "/api/audit/verify", {}),
  auditMonths: () => request<{ keep_months: number | null }>("GET", "/api/settings/audit").then((answer) => answer.keep_months),
  auditState: () => request<TrailState>("GET", "/api/audit/proof"),
  /** Fewer months than now need `proof`. */
  setAuditMonths: (keep_months: number | null, proof?: IdentityProof) =>
    request<{ keep_months: number | null }>("PUT", "/api/settings/audit", { keep_months, ...(proof ? { proof } : {}) }).then((answer) => answer.keep_months),
  archives: () => request<{ archives: readonly Archive[] }>("GET", "/api/archives").then((answer) => answer.archives),
  archive: (id: wire.AccountId) => request<Archive>("GET", `/api/archives/${id}`),
  changeArchive: (id: wire.AccountId, change: ArchiveChange) => request<Archive>("PUT", `/api/archives/${id}`, change),
  deleteArchive: (id: wire.AccountId, address: string, proof: IdentityProof) =>
    request<unknown>("DELETE", `/api/archives/${id}`, { address, proof }),
  archived: (id: wire.AccountId, filter: ArchiveFilter, before?: number) =>
    request<{ entries: readonly ArchiveEntry[] }>("GET", `/api/archives/${id}/entries?${inQuery({ ...filter, before })}`).then(
      (answer) => answer.entries,
    ),
  /** Where an archived message is as a file. */
  archivedMessage: (id: wire.AccountId, number: number) => `/api/archives/${id}/entries/${number}/message`,
  /** Where a period of an archive is as a file. */
  archiveFile: (id: wire.AccountId, period: Pick<ArchiveFilter, "since" | "until">, format: wire.ExportFormat) =>
    `/api/archives/${id}/export?${inQuery({ ...period, format })}`,
  proveArchive: (id: wire.AccountId, after: number) => request<ArchivePortion>("POST", `/api/archives/${id}/verify`, { after }),
  microsoft: () => request<wire.MicrosoftSettings>("GET", "/api/settings/microsoft"),
  changeMicrosoft: (body: wire.MicrosoftChange) =>
    request<wire.MicrosoftSettings>("PUT", "/api/settings/microsoft", body),
  checkPlan: () => request<wire.CheckPlan>("GET", "/api/settings/checks"),
  changeCheckPlan: (body: Partial<wire.CheckPlan>) => request<wire.CheckPlan>("PUT", "/api/settings/checks", body),
};
