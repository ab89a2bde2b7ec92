/** Why a change was taken back, or a message not sent, and what to do about it. */
import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { Notice } from "@/store";

const byCode: Readonly<Record<Notice["code"], MessageDescriptor>> = {
  refused: msg`Microsoft refused the change.`,
  gone: msg`The message was no longer there at Microsoft.`,
  overtaken: msg`Somebody has moved the message at Microsoft meanwhile. It stays where it is now.`,
  failed: msg`Microsoft answered with errors for hours.`,
  unknown: msg`Microsoft did not answer, and neither the draft nor a sent copy can be found. Please ask the recipient before you send it again; the text is in the drafts.`,
  sent_elsewhere: msg`Somebody has sent it in Outlook. It is not sent once more.`,
  not_allowed: msg`When it was due, its author was no longer allowed to send from this mailbox. Somebody who is can send it from the drafts.`,
  restored: msg`An earlier state of Poststelle was put back before Microsoft had this change. What Microsoft has is shown; make the change again if it is still wanted.`,
};

const notSentAnymore = msg`An earlier state of Poststelle was put back while it waited, and it was not sent from here. Look among the sent messages; if it is not there, send it again from the drafts.`;

/** `at` writes an instant as people read it. */
export function noticeReason({ kind, code, detail, folder }: Pick<Notice, "kind" | "code" | "detail" | "folder">, at: (instant: string) => string): MessageDescriptor {
  if (code === "sent_elsewhere") return detail.includes("@") ? sentToOthers(detail) : sentElsewhere(at(detail));
  if (kind === "create" && isForSize(detail)) return msg`The message with its attachments is larger than this mailbox may send. Remove attachments, or send a link.`;
  const words = kind === "send" || kind === "create" ? outgoing(code, detail) : null;
  if (words) return words;
  if (detail === "edited_elsewhere") return msg`Somebody has changed this draft in another program meanwhile. Their version is in the drafts, beside the one saved here.`;
  if (detail === "files_unseen") return msg`Its attachments can’t be read at Microsoft at the moment, so it was not deleted. It is in the drafts, beside the one saved here.`;
  if (folder !== null && (code === "gone" || /NotFound/i.test(detail))) return msg`The folder was no longer there at Microsoft.`;
  if (/FolderExists/i.test(detail)) return msg`There is a folder of this name already.`;
  if (/folder_has_/i.test(detail)) return msg`There is something in the folder at Microsoft that is not shown here: what has just come, or older mail.`;
  if (/NotFound/i.test(detail)) return byCode.gone;
  if (/AccessDenied|Forbidden/i.test(detail)) return msg`Microsoft does not allow it in this mailbox.`;
  if (/Quota/i.test(detail)) return msg`The mailbox is full.`;
  return byCode[code] ?? byCode.refused; // a newer server may know more of them
}

/** Whether this code of Microsoft's is about the size of a message. */
export function isForSize(detail: string | null): boolean {
  return detail !== null && /SizeExceeded|SizeLimit|413/iu.test(detail);
}

function sentElsewhere(time: string): MessageDescriptor {
  if (time === "") return msg`Somebody has sent it in Outlook. It is not sent once more.`;
  return msg`Somebody has sent it in Outlook (${time}). It is not sent once more.`;
}

function sentToOthers(people: string): MessageDescriptor {
  return msg`Somebody had changed its recipients in Outlook before it was sent. It went to: ${people}`;
}

/** `detail` names the files, where their names are known. */
function withoutFiles(detail: string): MessageDescriptor {
  const names = detail.replace(/^octets_missing:? ?/i, "");
  if (names === "") return msg`An attachment is no longer there. Attach it again.`;
  return msg`These attachments are no longer there: ${names}. Attach them again.`;
}

/** Its draft has gone; `detail` says where it lies now, if that is known. */
function notSent(detail: string): MessageDescriptor {
  switch (detail) {
    case "in_trash": return msg`The draft was deleted before it could be sent. It is among the deleted messages, and can be sent from there.`;
    case "in_drafts": return msg`The draft was deleted for good elsewhere before it could be sent. It was made anew among the drafts, and can be sent from there.`;
    case "in_drafts_unsure": return msg`The draft was no longer in the mailbox when it was to be sent. Somebody has deleted it for good, or has sent it in Outlook and has the copy in a mailbox of their own. It was made anew among the drafts. Please ask before you send it again.`;
    case "in_drafts_among_others": return msg`Microsoft has not confirmed this draft, and what lies there now goes to others, or is one of several letters that were made of it. So it was not sent. What was written is among the drafts. Please look at the drafts and at what was sent before you send it again.`;
    default: return msg`The draft was deleted elsewhere before it could be sent. It is among the drafts or the deleted messages, and can be sent from there.`;
  }
}

/** What only a message that was to be sent, or its draft, is refused for; null for whatever is not known. */
export function outgoing(code: Notice["code"], detail: string): MessageDescriptor | null {
  if (detail === "brought_home") return msg`The folder was no longer there at Microsoft. What was to go into it is in the inbox, or in the drafts.`;
  if (code === "restored") return notSentAnymore;
  if (code === "gone") return notSent(detail);
  if (code === "unknown" && detail !== "") return msg`Microsoft did not answer, and refuses to be searched for it. If it is among the sent messages, it was sent; if it is still in the drafts, it was not. Please look before you send it again.`;
  if (/SendAsDenied/i.test(detail)) return msg`This mailbox may not send from the chosen address. Choose another sender address, or ask your Microsoft administrator for the right to send as it.`;
  if (isForSize(detail)) return msg`The message with its attachments is larger than this mailbox may send. Remove attachments and send it again.`;
  if (/large_file_denied/i.test(detail)) return msg`Microsoft lets only the mailbox’s own sign-in and the application’s own access add attachments of 3 MB and more here. Send a link or smaller files.`;
  if (/InvalidRecipients|RecipientsLimit/i.test(detail)) return msg`Microsoft does not accept one of the recipients. Correct the addresses and send it again.`;
  if (/^octets_missing/i.test(detail)) return withoutFiles(detail);
  if (detail === "text_missing") return msg`The draft was begun elsewhere, and its text could not be read before it was deleted there. Write the text again.`;
  return null;
}
