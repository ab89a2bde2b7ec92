import { setupI18n } from "@lingui/core";
import { expect, test } from "vitest";
import { formatFull } from "@/lib/dates";
import type { Notice } from "@/store";
import { messages as de } from "../locales/de.po";
import { messages as en } from "../locales/en.po";
import { noticeReason } from "./noticeWords";

const german = setupI18n({ locale: "de", messages: { de } });
const english = setupI18n({ locale: "en", messages: { en } });

/** What a server sends: docs/api.md, "notices". */
const CODES = ["refused", "failed", "gone", "unknown", "not_allowed", "overtaken", "sent_elsewhere", "restored"] as const;

const of = (kind: Notice["kind"], code: string, detail = "", folder: string | null = null) =>
  noticeReason({ kind, code: code as Notice["code"], detail, folder }, (instant) => instant && formatFull(instant, { locale: "de-DE", timeZone: "Europe/Berlin" }));

test("each code of a message that was not sent has words of its own in both languages", () => {
  const said = CODES.flatMap((code) => [german, english].map((i18n) => i18n._(of("send", code))));

  expect(new Set(said).size).toBe(2 * CODES.length);
});

test("who may no longer send when a message is due is told so", () => {
  expect(german._(of("send", "not_allowed"))).toBe(
    "Als sie an der Reihe war, durfte die Person, die sie geschrieben hat, aus diesem Postfach nicht mehr senden. Wer es darf, kann sie aus den Entwürfen senden.",
  );
});

test("what somebody has sent in Outlook is told with its time, where that is known", () => {
  const said = ["2026-03-02T13:05:00+00:00", ""].map((at) => german._(of("send", "sent_elsewhere", at)));

  expect(said).toEqual([
    "Jemand hat sie in Outlook gesendet (Mo., 2. März 2026, 14:05). Sie wird nicht noch einmal gesendet.",
    "Jemand hat sie in Outlook gesendet. Sie wird nicht noch einmal gesendet.",
  ]);
});

test("whoever sent a message is told that it went to others", () => {
  expect(german._(of("send", "sent_elsewhere", "a@kunde.example, b@kunde.example"))).toBe(
    "Jemand hatte die Empfänger in Outlook geändert, bevor sie gesendet wurde. Sie ging an: a@kunde.example, b@kunde.example",
  );
});

test.each([
  ["move", "refused", "ErrorAccessDenied", null, "Microsoft does not allow it in this mailbox."],
  ["move", "refused", "ErrorItemNotFound", null, "The message was no longer there at Microsoft."],
  ["destroy", "overtaken", "moved_elsewhere", null, "Somebody has moved the message at Microsoft meanwhile. It stays where it is now."],
  ["destroy", "overtaken", "edited_elsewhere", null, "Somebody has changed this draft in another program meanwhile. Their version is in the drafts, beside the one saved here."],
  ["destroy", "overtaken", "files_unseen", null, "Its attachments can’t be read at Microsoft at the moment, so it was not deleted. It is in the drafts, beside the one saved here."],
  ["send", "gone", "in_trash", null, "The draft was deleted before it could be sent. It is among the deleted messages, and can be sent from there."],
  ["send", "gone", "in_drafts", null, "The draft was deleted for good elsewhere before it could be sent. It was made anew among the drafts, and can be sent from there."],
  ["send", "gone", "in_drafts_unsure", null, "The draft was no longer in the mailbox when it was to be sent. Somebody has deleted it for good, or has sent it in Outlook and has the copy in a mailbox of their own. It was made anew among the drafts. Please ask before you send it again."],
  ["send", "gone", "in_drafts_among_others", null, "Microsoft has not confirmed this draft, and what lies there now goes to others, or is one of several letters that were made of it. So it was not sent. What was written is among the drafts. Please look at the drafts and at what was sent before you send it again."],
  ["send", "unknown", "ErrorAccessDenied", null, "Microsoft did not answer, and refuses to be searched for it. If it is among the sent messages, it was sent; if it is still in the drafts, it was not. Please look before you send it again."],
  ["create", "gone", "brought_home", null, "The folder was no longer there at Microsoft. What was to go into it is in the inbox, or in the drafts."],
  ["move_folder", "gone", "", "Angebote", "The folder was no longer there at Microsoft."],
  ["create_folder", "refused", "ErrorFolderExists", "Angebote", "There is a folder of this name already."],
  ["destroy_folder", "refused", "folder_has_messages", "Angebote", "There is something in the folder at Microsoft that is not shown here: what has just come, or older mail."],
  ["send", "refused", "ErrorSendAsDenied", null, "This mailbox may not send from the chosen address. Choose another sender address, or ask your Microsoft administrator for the right to send as it."],
  ["create", "refused", "large_file_denied", null, "Microsoft lets only the mailbox’s own sign-in and the application’s own access add attachments of 3 MB and more here. Send a link or smaller files."],
  ["create", "refused", "octets_missing", null, "An attachment is no longer there. Attach it again."],
  ["create", "refused", "octets_missing: Plan.pdf, Foto.png", null, "These attachments are no longer there: Plan.pdf, Foto.png. Attach them again."],
  ["create", "refused", "text_missing", null, "The draft was begun elsewhere, and its text could not be read before it was deleted there. Write the text again."],
  ["set", "restored", "", null, "An earlier state of Poststelle was put back before Microsoft had this change. What Microsoft has is shown; make the change again if it is still wanted."],
  ["send", "restored", "", null, "An earlier state of Poststelle was put back while it waited, and it was not sent from here. Look among the sent messages; if it is not there, send it again from the drafts."],
  ["set", "of tomorrow", "", null, "Microsoft refused the change."],
] as const)("%s, %s, %s", (kind, code, detail, folder, words) => {
  expect(english._(of(kind, code, detail, folder))).toBe(words);
});
