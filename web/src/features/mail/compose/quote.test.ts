// @vitest-environment jsdom
import { expect, test } from "vitest";
import type { EmailBody } from "@/jmap";
import { docOf, htmlOf, plainOf } from "./editor/mailHtml";
import { cleanedHtml, quotedHtml, shownPictures, textAsHtml } from "./quote";

const words = { attribution: "Am 1.1. schrieb A <a@x>:", forwarded: "--- Weiter ---", head: [["Von", "A & B"]] as const };
const body = (type: string, value: string): EmailBody =>
  ({ htmlBody: [{ partId: "t", type }], textBody: [{ partId: "t", type }], bodyValues: { t: { value } }, attachments: [] }) as unknown as EmailBody;
const parsed = (html: string): HTMLElement => new DOMParser().parseFromString(html, "text/html").body;

test("a quote stands below the line that says whose it is", () => {
  const quote = parsed(quotedHtml("quote", body("text/html", "<p>Hallo</p>"), words)).querySelector(".poststelle-quote");

  expect(quote?.querySelector("p")?.textContent).toBe("Am 1.1. schrieb A <a@x>:");
  expect(quote?.querySelector("blockquote")?.innerHTML).toBe("<p>Hallo</p>");
});

test("nothing that runs comes into a quote, and pictures keep their addresses", () => {
  const html = cleanedHtml('<script>x()</script><p onclick="x()">A</p><a href="javascript:x()">l</a><form><input></form><img src="cid:logo@x"><img src="https://x.example/a.png" onerror="x()">');

  expect(html).not.toMatch(/script|onclick|onerror|form|input|javascript/);
  expect([...shownPictures(html)]).toEqual(["logo@x"]);
  expect(html).toContain('src="https://x.example/a.png"');
  expect(html).not.toMatch(/loading|referrerpolicy|target/);
});

test("a quote has no ids, however often it is taken up again", () => {
  const once = cleanedHtml('<table id="bodyTable"><tbody><tr><td id="x">A</td></tr></tbody></table>');

  expect(once).toBe("<table><tbody><tr><td>A</td></tr></tbody></table>");
});

test("plain text is quoted line by line, with its blanks", () => {
  expect(textAsHtml("Guten Tag\n\n  <b>")).toBe('<p style="margin:0">Guten Tag</p><p style="margin:0"><br></p><p style="margin:0">&nbsp;&nbsp;&lt;b&gt;</p>');
  expect(parsed(quotedHtml("forward", body("text/plain", "Zeile"), words)).textContent).toContain("Von: A & BZeile");
});

test("mail HTML carries its looks in every element and survives being opened again", () => {
  const html = '<p style="margin:0">Guten <b>Tag</b>, <i>ja</i> <u>so</u></p><p style="margin:0"><br></p><ul style="margin:0 0 0 24px;padding:0"><li><p style="margin:0">eins</p></li></ul><p style="margin:0"><a href="https://x.example">x</a></p>';
  const once = htmlOf(docOf(html));

  expect(htmlOf(docOf(once))).toBe(once);
  expect(parsed(once).querySelectorAll("[style]").length).toBe(5);
  expect(parsed(once).querySelector("p:nth-child(2)")?.innerHTML).toBe("<br>");
  expect(once).toContain('<a href="https://x.example">x</a>');
});

test("what the editor can't write is kept whole: quotes, forwards, tables, colours", () => {
  const quote = '<div class="poststelle-quote"><p style="margin:0">Am:</p><blockquote><div style="color:red"><br></div><table><tbody><tr><td>1</td></tr></tbody></table></blockquote></div>';
  const html = htmlOf(docOf(`<p>Neu <span style="color:red">rot</span></p><table><tbody><tr><td>Z</td></tr></tbody></table>${quote}`));

  expect(html).toContain(quote);
  expect(html).toContain("<td>Z</td>");
  expect(html).toMatch(/<span style="color: ?red;?">rot<\/span>/);
  expect(htmlOf(docOf('<p><span style="color:black;background-color:white">Word</span></p>'))).not.toContain("span");
});

test("a link that would run something is no link", () => {
  expect(htmlOf(docOf('<p><a href="javascript:x()">a</a> <a href="mailto:a@x.example">b</a></p>'))).toMatch(/>a <a href="mailto:a@x.example">b<\/a><\/p>$/);
});

test("as plain text lists have signs, and quotes begin with an angle bracket", () => {
  const text = plainOf('<p>Guten Tag</p><p><br></p><ol><li><p>eins</p></li><li><p>zwei</p></li></ol><div class="poststelle-quote"><p>Am:</p><blockquote><p>Frage</p></blockquote></div>');

  expect(text.split("\n")).toEqual(["Guten Tag", "", "1. eins", "2. zwei", "Am:", "> Frage"]);
});
