// @vitest-environment jsdom
import { expect, test } from "vitest";
import { docOf, plainOf, htmlOf } from "./mailHtml";
import { withLists } from "./wordLists";

const BLANKS = "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span>";
const line = (sign: string, text: string, level = 1, list = 0): string =>
  `<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l${String(list)} level${String(level)} lfo1'><![if !supportLists]><span style='font-family:Symbol;mso-list:Ignore'>${sign}${BLANKS}</span><![endif]>${text}<o:p></o:p></p>`;
/** As the editor takes it and sends it. */
const pasted = (html: string): string => htmlOf(docOf(withLists(html))).replace(/ (?:style|class)="[^"]*"/gu, "");

test("points and numbers of Word are lists here, without their signs", () => {
  const html = `<html><body><p class=MsoNormal>Davor</p>${line("·", "eins")}${line("·", "zwei <b>fett</b>")}<p class=MsoNormal>Danach</p>${line("1.", "a", 1, 1)}${line("2.", "b", 1, 1)}</body></html>`;

  expect(pasted(html)).toBe("<p>Davor</p><ul><li><p>eins</p></li><li><p>zwei <b>fett</b></p></li></ul><p>Danach</p><ol><li><p>a</p></li><li><p>b</p></li></ol>");
});

test("levels lie within each other, and come back", () => {
  const html = line("1.", "eins") + line("o", "eins eins", 2) + line("o", "eins zwei", 2) + line("2.", "zwei");

  expect(pasted(html)).toBe("<ol><li><p>eins</p><ul><li><p>eins eins</p></li><li><p>eins zwei</p></li></ul></li><li><p>zwei</p></li></ol>");
});

test("a list that begins at a deeper level, or skips one, loses nothing", () => {
  const text = plainOf(pasted(line("·", "tief", 3) + line("·", "flach") + line("·", "tiefer", 4)));

  for (const each of ["tief", "flach", "tiefer"]) expect(text).toContain(each);
});

test("what has none of Word's lists stays as it is", () => {
  const html = "<ul><li>x</li></ul><p style='mso-margin-top-alt:auto'>· y";

  expect(withLists(html)).toBe(html);
});
