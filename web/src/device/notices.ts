/**
 * Notifications of new mail: asked for, turned on and off, kept as the person wishes.
 *
 *     turnOn (a press) ──permission──> choice for the service worker ──> push subscription, where there is one
 *
 * With a page open they come by the event stream; with none, by the browser's push service.
 */
import { JmapClient, loadSession, pushKey } from "@/jmap";
import type { AccountId, ArrivalsOf, Session, Transport } from "@/jmap";
import type { Language } from "@/lib/language";
import { Value } from "@/lib/value";
import { isApple, isStandalone } from "./standalone";
import type { NewsChoice } from "./news-record";
import { newsRecords } from "./news-record";
import type { Wishes } from "./wishes";
import { changeWishes, readWishes } from "./wishes";
import { hasWorkers, tellWorker, workerRegistration } from "./worker";

/**
 * `insecure`: the page did not come over https. `homeScreen`: an iPhone shows none for a page, only for what was
 * added to the home screen. `unasked`: the browser has not been asked. `denied`: it was, and the person said no.
 */
export type Possibility = "insecure" | "unsupported" | "homeScreen" | "unasked" | "denied" | "granted";

/** Whether new mail is told while no page is open. `failed`: the browser reaches no push service. */
export type Reach = "unknown" | "always" | "failed";

export const reach = new Value<Reach>("unknown");
/** Counts up whenever the browser may have answered. */
export const asked = new Value(0);

export function possibility(): Possibility {
  if (!window.isSecureContext) return "insecure";
  if (isApple() && !isStandalone()) return "homeScreen";
  if (!("Notification" in window) || !hasWorkers()) return "unsupported";
  if (Notification.permission === "default") return "unasked";
  return Notification.permission;
}

export interface Person {
  readonly id: string;
  readonly language: Language;
}

export interface NamedMailbox {
  readonly id: string;
  readonly name: string;
  readonly address: string;
}

/** Ask the browser, then show new mail. Only upon a press. False when the person said no. */
export async function turnOn(person: Person): Promise<boolean> {
  const answer = await Notification.requestPermission();
  asked.set(asked.get() + 1);
  if (answer === "granted") changeWishes(person.id, { isNotified: true });
  return answer === "granted";
}

/**
 * Bring the service worker and the server to what the person wishes. A second call changes nothing. Errors: as of a
 * request; a push service that can't be reached is none.
 */
export async function follow(person: Person, mailboxes: readonly NamedMailbox[], transport: Transport): Promise<void> {
  const wishes = readWishes(person.id);
  const isOn = wishes.isNotified && possibility() === "granted";
  const choice = isOn ? choiceOf(person, wishes, mailboxes) : null;
  const before = await newsRecords.choice();
  if (choice === null && before === null) return;
  const wanted = JSON.stringify(choice);
  if (wanted === followed && JSON.stringify(before) === wanted) return;
  if (JSON.stringify(before) !== wanted) await newsRecords.setChoice(choice);
  if (choice) await subscribe(choice, transport);
  else if (before) await unsubscribe(transport);
  followed = wanted;
  await tellWorker({ kind: "look" });
}

/** The choice that this page has brought to the server. */
let followed: string | null = null;

/** The login is about to end: nothing is shown of its mail any more, and nothing wakes this device. */
export async function endNotices(): Promise<void> {
  if ((await newsRecords.choice()) === null) return;
  await newsRecords.setChoice(null);
  followed = null;
  reach.set("unknown");
  const registration = await workerRegistration();
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  await tellWorker({ kind: "look" });
}

/** Likewise, where it was somebody else's mail that was shown; null: nobody is logged in. */
export async function endNoticesOfOthers(userId: string | null): Promise<void> {
  const choice = await newsRecords.choice();
  if (choice && choice.userId !== userId) await endNotices();
}

export function choiceOf({ id, language }: Person, wishes: Wishes, mailboxes: readonly NamedMailbox[]): NewsChoice | null {
  const chosen = mailboxes.flatMap(({ id: mailbox, name, address }) => {
    const arrivals = wishes.arrivals[mailbox] ?? "inbox";
    return arrivals === "none" ? [] : [[mailbox, { name: name || address, arrivals }] as const];
  });
  return chosen.length === 0 ? null : { userId: id, language, isDiscreet: wishes.isDiscreet, mailboxes: Object.fromEntries(chosen) as NewsChoice["mailboxes"] };
}

/** Each of our subscriptions is named by its address, so that a later page finds it again. */
async function subscribe(choice: NewsChoice, transport: Transport): Promise<void> {
  const registration = await workerRegistration();
  const session = await loadSession(transport);
  const key = pushKey(session);
  const subscription = registration && key ? await soon(subscribed(registration, key)) : null;
  if (!subscription) { reach.set("failed"); return; }
  await tellServer(clientOf(session, transport), subscription, choice);
  reach.set("always");
}

/** A private window lets one wait for ever. */
function soon<T>(asked: Promise<T>): Promise<T | null> {
  return Promise.race([asked, new Promise<null>((resolve) => { setTimeout(resolve, PATIENCE_MS, null); })]);
}

const PATIENCE_MS = 10_000;

async function subscribed({ pushManager }: ServiceWorkerRegistration, applicationServerKey: string): Promise<PushSubscription | null> {
  try {
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "InvalidStateError") return null; // no push service is to be had
    await (await pushManager.getSubscription())?.unsubscribe(); // one for a key that the server has no more
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }).catch(() => null);
  }
}

async function tellServer(client: JmapClient, subscription: PushSubscription, choice: NewsChoice): Promise<void> {
  const deviceClientId = await digest(subscription.endpoint);
  const wish = arrivalsOf(choice);
  const { list } = await client.call("PushSubscription/get", { ids: null }).result;
  const known = list.find((each) => each.deviceClientId === deviceClientId && each.verificationCode !== null);
  const old = list.filter((each) => each !== known && each.deviceClientId.startsWith(OURS)).map(({ id }) => id);
  const { p256dh, auth } = subscription.toJSON().keys ?? {};
  if (known) {
    if (JSON.stringify(known["poststelle:arrivals"]) === JSON.stringify(wish) && old.length === 0) return;
    await client.call("PushSubscription/set", { update: { [known.id]: { "poststelle:arrivals": wish } }, destroy: old }).result;
  } else if (p256dh && auth) {
    const created = { deviceClientId, url: subscription.endpoint, keys: { p256dh, auth }, types: ["EmailDelivery"], "poststelle:arrivals": wish };
    await client.call("PushSubscription/set", { create: { ours: created }, destroy: old }).result;
  }
}

async function unsubscribe(transport: Transport): Promise<void> {
  reach.set("unknown");
  const subscription = await (await workerRegistration())?.pushManager?.getSubscription();
  if (!subscription) return;
  await subscription.unsubscribe();
  const client = clientOf(await loadSession(transport), transport);
  const { list } = await client.call("PushSubscription/get", { ids: null }).result;
  const destroy = list.filter(({ deviceClientId }) => deviceClientId.startsWith(OURS)).map(({ id }) => id);
  if (destroy.length > 0) await client.call("PushSubscription/set", { destroy }).result;
}

function arrivalsOf({ mailboxes }: NewsChoice): ArrivalsOf {
  return Object.fromEntries(Object.entries(mailboxes).map(([id, { arrivals }]) => [id as AccountId, arrivals])) as ArrivalsOf;
}

function clientOf(session: Session, transport: Transport): JmapClient {
  return new JmapClient({ transport, apiUrl: session.apiUrl, maxCalls: 16 });
}

const OURS = "page:";

async function digest(text: string): Promise<string> {
  const octets = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return OURS + Array.from(octets.slice(0, 12), (octet) => octet.toString(16).padStart(2, "0")).join("");
}
