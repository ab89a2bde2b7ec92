import { expect, test } from "vitest";
import type { BlobId, EmailId, IdentityId, MailboxId } from "@/jmap";
import type { Letter, LetterFile } from "./letter";
import { EMPTY, NO_ORIGIN, creationOf, forgotFile, hasContent, isEmptyHtml, originOf, sentFiles } from "./letter";

const file = (key: string, more: Partial<LetterFile> = {}): LetterFile => ({ key, name: `${key}.txt`, type: "text/plain", size: 10, cid: null, blobId: `b${key}` as BlobId, ...more });
const place = { folder: "f2" as MailboxId, author: { id: "i1" as IdentityId, name: "Büro", email: "info@wir.example", replyTo: [{ name: null, email: "dort@wir.example" }], bcc: null, textSignature: "", htmlSignature: "" }, messageId: "m@wir.example" };
const html = (text: string): Letter => ({ ...EMPTY, html: text });

test("a draft says all that the letter says", () => {
  const creation = creationOf({ ...EMPTY, subject: "Angebot", html: "<p>Text</p>", importance: "high", files: [file("a")] }, NO_ORIGIN, place);

  expect(creation).toMatchObject({
    mailboxIds: { f2: true }, keywords: { $draft: true, $seen: true }, from: [{ name: "Büro", email: "info@wir.example" }], subject: "Angebot", replyTo: [{ name: null, email: "dort@wir.example" }],
    messageId: ["m@wir.example"], inReplyTo: null, "poststelle:importance": "high", "poststelle:answers": null, "poststelle:receipt": null,
    attachments: [{ blobId: "ba", name: "a.txt", type: "text/plain", disposition: "attachment" }],
  });
  expect(creation.bodyValues["html"]?.value).toMatch(/^<div style="font-family:Arial[^"]*"><p>Text<\/p><\/div>$/);
});

test("plain text goes as plain text, without the pictures of the other form", () => {
  const creation = creationOf({ ...EMPTY, isPlain: true, text: "Hallo", html: '<img src="cid:x">', files: [file("x", { cid: "x" })] }, NO_ORIGIN, place);

  expect([creation.textBody?.[0]?.type, creation.htmlBody, creation.bodyValues, creation.attachments]).toEqual(["text/plain", undefined, { text: { value: "Hallo" } }, []]);
});

test("pictures go along as long as the text shows them; files once they are at the server", () => {
  const files = [file("a"), file("b", { blobId: null }), file("c", { cid: "c@x" }), file("d", { cid: "d@x" })];
  const letter = { ...html('<p><img src="cid:c@x"></p>'), files };

  expect(sentFiles(letter).map(({ key }) => key)).toEqual(["a", "b", "c"]);
  expect(creationOf(letter, NO_ORIGIN, place).attachments.map(({ blobId, cid, disposition }) => [blobId, cid, disposition])).toEqual([["ba", undefined, "attachment"], ["bc", "c@x", "inline"]]);
});

test("a type that no header can hold becomes octets", () => {
  expect(creationOf({ ...EMPTY, files: [file("a", { type: "text/plain; charset=utf-8" })] }, NO_ORIGIN, place).attachments[0]?.type).toBe("application/octet-stream");
});

test("an answer continues its thread, a forward stays in it", () => {
  expect(originOf("m1" as EmailId, false, "b@x", ["a@x"])).toEqual({ answers: "m1", mark: "$answered", inReplyTo: ["b@x"], references: ["a@x", "b@x"] });
  expect(originOf("m1" as EmailId, true, "b@x", ["a@x", "b@x"])).toEqual({ answers: "m1", mark: "$forwarded", inReplyTo: [], references: ["a@x", "b@x"] });
  expect(originOf("m1" as EmailId, false, null, [])).toMatchObject({ inReplyTo: [], references: [] });
});

test("of a very long thread the first and the latest are named", () => {
  const { references } = originOf("m1" as EmailId, false, "last@x", Array.from({ length: 80 }, (_, at) => `r${String(at)}@x`));

  expect([references.length, references[0], references.at(-1)]).toEqual([50, "r0@x", "last@x"]);
});

const quote = '<div class="poststelle-quote"><p>Im Anhang der Plan</p></div>';

test.each([
  ["<p>Anbei der Plan</p>", true], ["<p>siehe Anhang.</p>", true], ["<p>Please find attached</p>", true], ["<p>Die Anhängerkupplung</p>", false],
  [`<p>Danke</p>${quote}`, false], ["<p>Guten Tag</p>", false],
])("%s speaks of a file: %s", (text, expected) => {
  expect(forgotFile(html(text))).toBe(expected);
  expect(forgotFile({ ...html(text), files: [file("a")] })).toBe(false);
});

test("a signature or a quote alone is nothing written, a picture is", () => {
  expect(isEmptyHtml(`<p style="margin:0"><br></p>${quote}`)).toBe(true);
  expect(isEmptyHtml(`<p><br></p><div class="poststelle-signature"><p>Anna</p></div>${quote}`)).toBe(true);
  expect(hasContent({ ...EMPTY, isPlain: true, text: "\nAnna\n", signature: { id: "b1", plain: "Anna" } })).toBe(false);
  expect(forgotFile(html('<p>Gern</p><div class="poststelle-signature"><p>Anlage 3</p></div>'))).toBe(false);
  expect(isEmptyHtml('<p><img src="cid:a"></p>')).toBe(false);
  expect(hasContent(EMPTY)).toBe(false);
  expect(hasContent({ ...EMPTY, files: [file("a")] })).toBe(true);
});
