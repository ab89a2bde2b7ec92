/** The session: who we are, which accounts we may open, where things are. Source: RFC 8620 §2. */
import { RequestRefused } from "./errors";
import type { Transport } from "./transport";
import type { AccountId, BlobId, CoreCapability, Session } from "./types";
import { CORE, MAIL, POSTSTELLE, SUBMISSION, VAPID } from "./types";

export const SESSION_URL = "/jmap/session";

/** Used where the server does not tell; RFC 8620 §2 suggests at least these. */
const SMALLEST: CoreCapability = { maxCallsInRequest: 16, maxObjectsInGet: 500, maxObjectsInSet: 500 };

/** Fetch the session. Errors: LoginNeeded, Offline, Busy, RequestRefused. */
export async function loadSession(transport: Transport): Promise<Session> {
  const session = (await transport(SESSION_URL)) as Partial<Session> | undefined;
  if (!session?.accounts || !session.apiUrl) {
    throw new RequestRefused(200, "notJmap", "The server answered without a JMAP session");
  }
  return onOurOrigin(session as Session);
}

/**
 * The session names whole addresses; this page may only speak to the server it
 * came from, whatever name people reach it by.
 */
function onOurOrigin(session: Session): Session {
  const path = (url: string): string => url.replace(/^https?:\/\/[^/]+/i, "");
  return {
    ...session,
    apiUrl: path(session.apiUrl), downloadUrl: path(session.downloadUrl),
    uploadUrl: path(session.uploadUrl), eventSourceUrl: path(session.eventSourceUrl),
  };
}

export function limits(session: Session): CoreCapability {
  return { ...SMALLEST, ...(session.capabilities[CORE] as Partial<CoreCapability> | undefined) };
}

/** Where a blob is to be had. `inline` asks for a picture to be shown, not saved. */
export function downloadUrl(
  session: Session, accountId: AccountId, blobId: BlobId,
  file: { readonly name: string; readonly type: string; readonly inline?: boolean },
): string {
  const url = expand(session.downloadUrl, { accountId, blobId, name: file.name, type: file.type });
  return file.inline ? `${url}${url.includes("?") ? "&" : "?"}inline=1` : url;
}

/** Where octets for a message to come are brought. Source: RFC 8620 §6.1. */
export function uploadUrl(session: Session, accountId: AccountId): string {
  return expand(session.uploadUrl, { accountId });
}

/** How many octets the files of one message may have together, for it to be sent for sure; null where nothing is said. Source: RFC 8621 §1.3.1. */
export function mostAttached(session: Session, accountId: AccountId): number | null {
  return octets(session.accounts[accountId]?.accountCapabilities[MAIL]?.["maxSizeAttachmentsPerEmail"]);
}

/** Above how many octets of files the server takes no message at all: there are mailboxes that may send more than is usual. Source: docs/jmap.md. */
export function mostTaken(session: Session, accountId: AccountId): number | null {
  return octets(session.accounts[accountId]?.accountCapabilities[POSTSTELLE]?.["maxSizeAttachmentsTaken"]) ?? mostAttached(session, accountId);
}

function octets(said: unknown): number | null {
  return typeof said === "number" ? said : null;
}

/** Whether this user may send from the account. Source: RFC 8621 §1.3.2. */
export function maySubmit(session: Session, accountId: AccountId): boolean {
  return SUBMISSION in (session.accounts[accountId]?.accountCapabilities ?? {});
}

/** The key that push services know our server by; null where it has none. Source: RFC 9749 §3. */
export function pushKey(session: Session): string | null {
  const key = (session.capabilities[VAPID] as Record<string, unknown> | undefined)?.["applicationServerKey"];
  return typeof key === "string" ? key : null;
}

/** The event stream of the named types, with a ping every `pingS` seconds. Source: RFC 8620 §7.3. */
export function eventSourceUrl(session: Session, types: readonly string[], pingS: number): string {
  return expand(session.eventSourceUrl, {
    types: types.join(","), closeafter: "no", ping: String(pingS),
  });
}

/** Level 1 of RFC 6570 is all that JMAP asks for. */
function expand(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}
