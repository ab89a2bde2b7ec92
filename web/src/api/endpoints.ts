import type { Request } from "./client";
import type { AutomaticReply, Forwarding, ForwardingWish } from "./absence-types";
import type { PictureSender } from "./picture-types";
import type * as wire from "./types";
import { sendFile } from "./upload";

/** Calls of the administration API that every page needs, by name; one line each, no logic. */
export function createApi(request: Request) {
  return {
    start: () => request<wire.Start>("GET", "/api/start"),
    setup: (body: { login: string; name: string; password: string; email: string; setup_code?: string }) =>
      request<wire.Me>("POST", "/api/setup", body),
    logout: () => request<unknown>("POST", "/api/logout"),
    changeMe: (body: Partial<Pick<wire.Me, "name" | "language" | "theme" | "shows_reading" | "sender_name" | "phone" | "position">> & { readonly mail_page?: Partial<wire.MailPage> }) =>
      request<wire.Me>("PATCH", "/api/me", body),

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
    /** Whom the mailbox writes to and hears from, best first. */
    people: (id: wire.AccountId) =>
      request<{ people: readonly { name: string; email: string }[] }>("GET", `/api/mailboxes/${id}/people`).then((answer) => answer.people),
    /** `send` null: it is to be asked about again. `to`: where it may go though the message is from somebody else. */
    answerReceipt: (id: wire.AccountId, message: string, send: boolean | null, to: string | null = null) =>
      request<unknown>("POST", `/api/mailboxes/${id}/messages/${message}/receipt`, { send, to }),
    writing: (id: wire.AccountId) => request<wire.WritingNeeds>("GET", `/api/mailboxes/${id}/writing`),
    chooseSigning: (id: wire.AccountId, email: string, signature: wire.SigningChoice, answer_signature: wire.SigningChoice) =>
      request<wire.WritingNeeds>("PUT", `/api/mailboxes/${id}/signing`, { email, signature, answer_signature }),
    users: () => request<{ users: readonly wire.User[] }>("GET", "/api/users").then((answer) => answer.users),
    account: (id: wire.AccountId) => request<wire.AccountRow>("GET", `/api/accounts/${id}`),

    mailboxes: () => request<readonly wire.Mailbox[]>("GET", "/api/mailboxes"),
    refresh: (id: wire.AccountId) => request<unknown>("POST", `/api/mailboxes/${id}/refresh`),
    proof: (id: wire.AccountId) => request<wire.Proof>("GET", `/api/mailboxes/${id}/checks`),
    startCheck: (id: wire.AccountId) => request<wire.Check>("POST", `/api/mailboxes/${id}/checks`),
    findings: (id: wire.AccountId, check: string) =>
      request<{ findings: readonly wire.Finding[] }>("GET", `/api/mailboxes/${id}/checks/${check}`).then(
        (answer) => answer.findings,
      ),
    approval: (id: wire.AccountId) => request<wire.Approval>("GET", `/api/mailboxes/${id}/approval`),
    startSignIn: (id: wire.AccountId, wish: wire.SignInWish = {}) =>
      request<{ url: string }>("POST", `/sign-in/microsoft/${id}`, { confirm: true, ...wish }),
  };
}

export type Api = ReturnType<typeof createApi>;
