// @vitest-environment jsdom
import { expect, test } from "vitest";
import type { BodyPart, EmailBody } from "@/jmap";
import { contentOf, wordsInstead } from "./body";

const part = (partId: string, type: string): BodyPart => ({ partId, type, blobId: null, size: 1, name: null, disposition: null, cid: null });

function bodyOf(html: readonly BodyPart[], text: readonly BodyPart[], values: Readonly<Record<string, string>>): EmailBody {
  const bodyValues = Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { value, isEncodingProblem: false, isTruncated: false }]));
  return { htmlBody: html, textBody: text, bodyValues } as unknown as EmailBody;
}

test("a file between two paragraphs, or a list's words below, leaves nothing out", () => {
  const [one, plain, picture, two] = [part("1", "text/html"), part("2", "text/plain"), part("3", "image/png"), part("4", "text/HTML")];
  const body = bodyOf([one, picture, two, plain], [part("5", "text/plain"), picture, plain], { "1": "<p>Eins</p>", "2": "Fuß <b> & mehr", "4": "<p>Zwei</p>", "5": "Eins ohne Schmuck" });
  expect(contentOf(body)).toEqual({ content: "<p>Eins</p>\n<p>Zwei</p>\n<div style=\"white-space:pre-wrap\">Fuß &lt;b> &amp; mehr</div>", isHtml: true });
  expect(wordsInstead(body, "<p>Eins</p>")).toBe("Eins ohne Schmuck\nFuß <b> & mehr");
});

test("plain texts stay plain", () => {
  const parts = [part("1", "text/plain"), part("2", "text/plain")];
  expect(contentOf(bodyOf(parts, parts, { "1": "Hallo", "2": "Gruß" }))).toEqual({ content: "Hallo\nGruß", isHtml: false });
});

test("where a text is there as HTML alone, its words are taken from it", () => {
  const only = [part("1", "text/html")];
  expect(wordsInstead(bodyOf(only, only, { "1": "<p>Hallo</p>" }), "<p>Hallo</p>")).toContain("Hallo");
});
