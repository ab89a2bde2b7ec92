import { expect, test } from "vitest";
import { signatureIn, signedHtml, signedText, textAsSignedHtml, withoutSignature } from "./signature";

const quote = '<div class="poststelle-quote"><p>Am:</p><div>x</div></div>';
const empty = '<p style="margin:0"><br></p>';
const block = (html: string): string => `<div class="poststelle-signature">${html}</div>`;

test("a letter gets its signature before what it quotes, and another in the same place", () => {
  const once = signedHtml(`<p>Text</p>${quote}`, "<p>Anna</p>");
  const twice = signedHtml(once, "<table><tbody><tr><td><div>Büro</div></td></tr></tbody></table>");

  expect(once).toBe(`<p>Text</p>${empty}${block("<p>Anna</p>")}${empty}${quote}`);
  expect(signatureIn(twice)).toContain("<div>Büro</div>");
  expect(signedHtml(twice, null)).toBe(`<p>Text</p>${empty}${empty}${quote}`);
  expect(signedHtml(signedHtml(twice, null), "<p>Anna</p>")).toBe(once);
  expect(signedHtml(empty, "<p>b</p>")).toBe(`${empty}${empty}${block("<p>b</p>")}`);
  expect(signedHtml(empty + empty + quote, "<p>b</p>")).toBe(`${empty}${empty}${block("<p>b</p>")}${empty}${quote}`);
  expect([signedHtml("<p>a</p>", "<p>b</p>"), signedHtml("<p>a</p>", null)]).toEqual([`<p>a</p>${empty}${block("<p>b</p>")}`, "<p>a</p>"]);
});

test("what is written is what is neither signature nor quote", () => {
  expect(withoutSignature(`<p>a</p>${block("<div><div>b</div></div>")}<p>c</p>`)).toBe("<p>a</p><p>c</p>");
  expect(signatureIn("<p>a</p>")).toBeNull();
  expect(withoutSignature('<div class="poststelle-signature"><p>never ends')).toBe('<div class="poststelle-signature"><p>never ends');
});

test("in plain text it is found by its words, above the quote", () => {
  const answer = "Gern.\n\nAnna\nBüro\n\nAm 1.1. schrieb Zoe:\n> Frage\n> Anna\n> Büro";

  expect(signedText(answer, "Anna\nBüro", "Tom")).toBe("Gern.\n\nTom\n\nAm 1.1. schrieb Zoe:\n> Frage\n> Anna\n> Büro");
  expect(signedText("Anna Berger schreibt", "Anna", "Tom")).toBe("Anna Berger schreibt\n\nTom\n");
  expect(signedText("Gern.\n\nAm 1.1. schrieb Zoe:\n> Frage", null, "Anna")).toBe("Gern.\n\nAnna\n\nAm 1.1. schrieb Zoe:\n> Frage");
  expect(signedText("Los\n---------- Weitergeleitet ----------\nVon: x", null, "Anna")).toBe("Los\n\nAnna\n\n---------- Weitergeleitet ----------\nVon: x");
  expect([signedText("a\nAnna", "Anna", null), signedText("a", null, null)]).toEqual(["a\n", "a"]);
});

test("with formatting again, the signature is its block again", () => {
  expect(textAsSignedHtml("Hallo\nAnna", "Anna")).toBe(`<p style="margin:0">Hallo</p>${block('<p style="margin:0">Anna</p>')}`);
  expect(textAsSignedHtml("Hallo", "Anna")).not.toContain("poststelle-signature");
});
