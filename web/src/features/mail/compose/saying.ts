/** What is said of a letter: how it is kept, and what keeps it from being sent. */
import { i18n } from "@lingui/core";
import { plural, t } from "@lingui/core/macro";
import { useDates } from "@/i18n";
import { MethodFailed, Offline, SetFailed } from "@/jmap";
import type { Notice } from "@/store";
import type { Clock } from "../presence/words";
import { outgoing } from "../state/noticeWords";
import { notTakenBack } from "./takingBack";
import { fileSize } from "../text/names";
import type { Fate, Sent } from "./fate";
import type { Saving } from "./keeper";
import { FilesLost } from "./parts";
import type { Trouble } from "./trouble";

export function useSavingWords(): (saving: Saving) => string {
  const { clock } = useDates();
  return (saving) => {
    switch (saving.kind) {
      case "untouched": return "";
      case "unsaved": return t`Not saved yet`;
      case "saving": return t`Saving …`;
      case "saved": return t`Saved ${clock(saving.at)}`;
      case "waiting": return t`Not saved: no connection, it will be tried again`;
      case "refused": return t`Not saved`;
    }
  };
}

/** Whether the server, or Microsoft, does not have what is written, and it is not a matter of a moment. */
export function isNotKept({ kind }: Saving, refused: Notice | null): boolean {
  return kind === "waiting" || kind === "refused" || isHereAlone(kind, refused);
}

/** The server has it, Microsoft does not. */
export function isHereAlone(kind: Saving["kind"], refused: Notice | null): boolean {
  return kind === "saved" && refused !== null;
}

export interface TroubleWords {
  readonly title: string;
  readonly remedy: string;
  /** For "Details". */
  readonly code: string | null;
}

export function useTroubleWords(): (trouble: Trouble) => TroubleWords {
  const { style } = useDates();
  return (trouble) => {
    switch (trouble.kind) {
      case "noRecipient": return { title: t`There is no recipient yet.`, remedy: t`Please say whom the message goes to.`, code: null };
      case "badAddress": return { title: t`An address is not complete.`, remedy: t`It is marked in red. Press it to correct it.`, code: null };
      case "noDrafts": return { title: t`This mailbox has no folder for drafts.`, remedy: t`Nothing can be written here before its folders are loaded.`, code: null };
      case "noIdentity": return { title: t`The sender address is not known yet.`, remedy: t`Please try again in a moment.`, code: null };
      case "filesMissing": return { title: t`Its attachments are not in this message.`, remedy: t`They are still at Microsoft. Please forward it again in a moment.`, code: null };
      case "filesAwaited": return { title: t`Not sent.`, remedy: t`The attachments of this draft are still being fetched from Microsoft. Please try again in a moment.`, code: null };
      case "cloudLeft": return cloudLeft(trouble.names);
      case "fileFailed": return { title: t`A file was not uploaded.`, remedy: t`Please try it again or remove it.`, code: null };
      case "stopping": return { title: t`Being stopped …`, remedy: t`Whether the message was on its way already is being asked. If it was, it is held back.`, code: null };
      case "sentAnyway": return { title: t`It was too late to stop: the message was sent.`, remedy: t`It went as it stood when you pressed “Send”. What you have written since is here, as a letter of its own.`, code: null };
      case "notSaved": return { title: t`The draft is not saved.`, ...notSent(trouble.error) };
      case "tooLarge": return {
        title: t`“${trouble.name}” was not attached.`,
        remedy: t`All attachments together may have ${fileSize(trouble.most, style.locale)} at most.`, code: null,
      };
      case "notTakenBack": return notTakenBack(trouble.error);
      case "notSent": return { title: t`Not sent.`, ...notSent(trouble.error) };
      case "failed": return { title: t`This message was not sent.`, ...failed(trouble.problem, trouble.detail), code: trouble.detail };
    }
  };
}

function cloudLeft(names: readonly string[]): TroubleWords {
  const list = namesOf(names);
  return {
    title: plural(names.length, { one: `${list} does not go along.`, other: `${list} do not go along.` }),
    remedy: t`The message has only a link to what lies in the cloud. Please attach the file itself, or forward the message in Outlook.`, code: null,
  };
}

/** “Plan.pdf”, “Foto.jpg” */
export function namesOf(names: readonly string[]): string {
  return names.map((name) => t`“${name}”`).join(", ");
}

export interface FateWords {
  readonly title: string;
  readonly text: string;
}

/** What has become of the draft elsewhere. */
export function fateWords(fate: Fate, { clock, full, now }: Clock): FateWords {
  const when = (at: Date): string => (at.toDateString() === now.toDateString() ? t`at ${clock(at)}` : t({ message: `on ${full(at)}`, context: "a day and a time" }));
  const leaves = fate.kind === "leaving" ? when(new Date(fate.submission.sendAt)) : "";
  switch (fate.kind) {
    case "sent": return fate.isOther ? sentOtherwise(when(fate.at)) : { title: sentWords(fate, when(fate.at)), text: t`What you write here is no longer saved. If you send it again, its recipients get it twice.` };
    case "leaving": return {
      title: t`This message already waits to be sent`,
      text: t`“Send” was pressed already, here, in another window or by a colleague, and it leaves ${leaves}. Until then it can be taken back. What you write here is not saved meanwhile.`,
    };
    case "edited": return { title: t`This draft was changed elsewhere`, text: t`In another window, or in another program such as Outlook. Here you see your version. Please choose which one you go on with; until then nothing is saved here.` };
    case "gone": return { title: t`This draft is no longer in the mailbox`, text: t`It is being checked whether it was sent or deleted. Until then nothing is saved here.` };
    case "deleted": return { title: t`This draft was deleted elsewhere`, text: t`Your text is still here. When you go on writing, it is saved as a new draft.` };
  }
}

function sentOtherwise(when: string): FateWords {
  return {
    title: t`This draft is gone, and a message like it was sent ${when}`,
    text: t`It went to other people or under another subject: the draft was changed and sent, or a copy of it was. Please look at it among the sent messages before you send yours. What you write here is no longer saved.`,
  };
}

function sentWords({ by, isFromHere }: Sent, when: string): string {
  if (by !== null) return t`${by} has sent this message ${when}`;
  return isFromHere ? t`This message was sent ${when}` : t`This message was sent ${when} in another program, such as Outlook`;
}

function notSent(error: unknown): Omit<TroubleWords, "title"> {
  if (error instanceof FilesLost) {
    const list = namesOf(error.names);
    return { remedy: t`No longer at the server: ${list}. Please remove the attachment and attach it again.`, code: null };
  }
  if (error instanceof Offline) return { remedy: t`The server does not answer. The message is kept here; please send it again later.`, code: null };
  const type = error instanceof SetFailed ? ([...error.refused.values()][0]?.type ?? "") : error instanceof MethodFailed ? error.type : "";
  const words: Readonly<Record<string, string>> = {
    forbidden: t`You may not send from this mailbox. Please ask your administrator.`,
    forbiddenToSend: t`You may not send from this mailbox. Please ask your administrator.`,
    forbiddenFrom: t`This sender address can't be used any more. Please choose another one.`,
    invalidRecipients: t`An address can't be right. Please look at the recipients.`,
    noRecipients: t`There is no recipient yet.`,
    tooManyRecipients: t`A message can go to 500 people at most.`,
    tooLarge: t`The message is too large.`,
    blobNotFound: t`An attachment is no longer at the server. Please remove it and attach it again.`,
    overQuota: t`The mailbox is full.`,
    invalidEmail: t`The draft was not complete, and could not be saved anew. Please try again.`,
    invalidProperties: t`The draft is no longer in the mailbox. Please change something in it, so that it is saved anew, and send it again.`,
    waits_to_be_sent: t`The message already waits to be sent.`,
    being_sent: t`The message is just being sent.`,
    rateLimit: t`These were too many messages at once. Please try again in a moment.`,
  };
  const known = words[type];
  return known ? { remedy: known, code: null } : { remedy: t`Please try again. The draft is kept.`, code: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

function failed(problem: string, detail: string | null): Pick<TroubleWords, "remedy"> {
  const why = problem === "refused" && detail !== null ? outgoing(problem, detail) : null;
  if (why) return { remedy: i18n._(why) };
  const words: Readonly<Record<string, string>> = {
    refused: t`Microsoft did not take it. You can change it and send it again.`,
    gone: t`The draft was deleted before it could be sent. You can send it again from here.`,
    not_allowed: t`You may not send from this mailbox any more. Please ask your administrator.`,
  };
  return { remedy: words[problem] ?? t`Microsoft could not send it. You can send it again.` };
}
