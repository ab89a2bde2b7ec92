/** Begins letters: what every way to one needs. Comes with the first letter; reading needs none of it. */
import { t } from "@lingui/core/macro";
import type { WritingNeeds } from "@/api";
import type { Email, EmailBody, EmailId, Identity } from "@/jmap";
import { withoutTurning } from "@/lib/turning";
import type { AccountStore, MailStore } from "@/store";
import { findSubmission, loadDraft } from "@/store";
import { signatureFor } from "../boilerplate/filled";
import { needsOf } from "../boilerplate/needs";
import type { AnswerKind } from "./addresses";
import { answerRecipients, answerSubject } from "./addresses";
import type { Composer } from "./composer";
import type { Desk } from "./desk";
import { deskOf, identitiesOf } from "./desk";
import type { Letter } from "./letter";
import { EMPTY } from "./letter";
import type { LetterStart } from "../text/mailto";
import { linesHtml } from "../text/mailto";
import type { QuoteWords } from "./quote";
import { EMPTY_LINE, authorOf, peopleLine, quotedHtml } from "./quote";
import { readied } from "./readied";
import { filesOf } from "./stored";

/** Where a letter is written from, and for whom. */
export interface Place {
  readonly store: MailStore;
  readonly userId: string;
  readonly account: AccountStore;
  readonly address: string;
  /** For Intl. */
  readonly locale: string;
}

/** Nobody waits longer for sender addresses and a signature. */
const PATIENCE_MS = 500;

function soon<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  const late = new Promise<T>((resolve) => { setTimeout(() => { resolve(otherwise); }, PATIENCE_MS); });
  return Promise.race([asked.catch(() => otherwise), late]);
}

function sendersOf(account: AccountStore): Promise<readonly Identity[]> {
  return soon(identitiesOf(account), []);
}

function desk({ store, userId }: Place): Desk {
  return deskOf(store, userId);
}

export async function write(place: Place, start?: LetterStart): Promise<void> {
  const needs = needsOf(place.account.id);
  const [[sender]] = await Promise.all([sendersOf(place.account), soon(needs, null)]);
  const begun = { to: start?.to ?? [], cc: start?.cc ?? [], subject: start?.subject ?? "", html: linesHtml(start?.text ?? "") + EMPTY_LINE };
  const composer = desk(place).write(place.account, place.address, { letter: { ...EMPTY, bcc: sender?.bcc ?? [], ...begun } });
  if (composer) await signAtFirst(composer, needs, sender?.email ?? place.address, place.locale);
}

/** The signature of the sender address. One that comes late goes into a letter only that nobody has begun to write. */
async function signAtFirst(composer: Composer, needs: Promise<WritingNeeds>, from: string, locale: string): Promise<void> {
  const known = await needs.catch(() => null); // without it the letter is written unsigned, and its menu asks again
  const one = known && signatureFor(known, from, composer.isAnswer);
  if (known && one && composer.keeper.state.get().kind === "untouched") composer.sign(readied(composer, known, one, from, locale), true);
}

export async function answer(place: Place, kind: AnswerKind, id: EmailId): Promise<void> {
  const { account, address } = place;
  await account.shelf.need([id]);
  const needs = needsOf(account.id);
  const [body, own] = await Promise.all([account.shelf.body(id), sendersOf(account), soon(needs, null)]);
  const email = account.emails.get(id);
  if (!email) return;
  const isForward = kind === "forward";
  const html = quotedHtml(isForward ? "forward" : "quote", body, quoteWords(email, body, place.locale));
  const files = filesOf(body, html);
  const prefix = isForward ? t({ message: "Fwd", context: "before a subject" }) : t({ message: "Re", context: "before a subject" });
  const letter: Letter = {
    ...EMPTY, ...answerRecipients(kind, email, body, [address, ...own.map((each) => each.email)]),
    subject: answerSubject(kind, withoutTurning(email.subject ?? ""), prefix),
    bcc: own[0]?.bcc ?? [], html: EMPTY_LINE + EMPTY_LINE + html, files: isForward ? files.filter(({ isCloud }) => !isCloud) : files.filter(({ cid }) => cid !== null),
  };
  const composer = desk(place).answer(account, address, email, isForward, letter);
  if (isForward && email.hasAttachment && !body["poststelle:isComplete"]) composer?.trouble.set({ kind: "filesMissing" });
  else if (isForward && files.some(({ isCloud }) => isCloud)) composer?.trouble.set({ kind: "cloudLeft", names: files.filter(({ isCloud }) => isCloud).map(({ name }) => name) });
  if (composer) await signAtFirst(composer, needs, own[0]?.email ?? address, place.locale);
}

function quoteWords(email: Email, body: EmailBody, locale: string): QuoteWords {
  const at = new Date(body.sentAt ?? email.receivedAt);
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(at);
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(at);
  const author = authorOf(email) || t`(unknown)`;
  const head: readonly (readonly [string, string])[] = [
    [t`From`, author], [t`Sent`, `${day} ${time}`], [t`To`, peopleLine(email.to)], [t`Cc`, peopleLine(body.cc)], [t`Subject`, email.subject ?? ""],
  ];
  return { attribution: t`On ${day} at ${time}, ${author} wrote:`, forwarded: t`---------- Forwarded message ----------`, head: head.filter(([, value]) => value !== "") };
}

/** Write on a draft; false when it waits to be sent and has to be taken back first. */
export async function openDraft(place: Place, id: EmailId): Promise<boolean> {
  const { account, address } = place;
  const [stored, submission] = await Promise.all([loadDraft(account, id), findSubmission(account, id).catch(() => null)]);
  if (submission?.undoStatus === "pending") return false;
  desk(place).open(account, address, stored);
  return true;
}
