// @vitest-environment jsdom
import { expect, test } from "vitest";
import type { Boilerplate, WritingNeeds } from "@/api";
import { filled, firstName, found, signatureFor, valuesOf } from "./filled";
import { putIn, takenOut } from "./pictures";

const PIXEL = "data:image/png;base64,iVBORw0KGgo=";
const one = (id: string, more: Partial<Boilerplate> = {}): Boilerplate =>
  ({ id, kind: "signature", account: null, is_own: true, name: id, html: "", plain: "", subject: "", is_default: false, is_answer_default: false, to: [], cc: [], bcc: [], files: [], ...more });
const needs: WritingNeeds = {
  boilerplate: [one("b1"), one("b2")], values: { name: "Anna Berger", phone: "", mailbox_address: "info@wir.example" }, may_change: false, groups: [],
  addresses: [
    { email: "info@wir.example", name: "Büro", chosen: null, answer_chosen: "none", signature: "b1", answer_signature: null },
    { email: "chef@wir.example", name: "Chef", chosen: "b2", answer_chosen: null, signature: "b2", answer_signature: "b2" },
  ],
};
const about = { from: "Chef@wir.example", recipients: [{ name: "Berger, Zoe", email: "zoe@x.example" }], subject: " Termin ", day: new Date(2026, 10, 27), locale: "de" };

test("a letter knows who writes to whom about what", () => {
  expect(valuesOf(needs, about)).toEqual({
    name: "Anna Berger", phone: "", mailbox_address: "info@wir.example", email_name: "Chef", date: "27.11.2026",
    recipient_name: "Berger, Zoe", recipient_first_name: "Zoe", subject: "Termin",
  });
  expect(valuesOf(needs, { ...about, recipients: [], subject: "" })).not.toHaveProperty("recipient_name");
  expect(["Anna Berger", "Berger, Anna", "anna@x.example", "Anna"].map(firstName)).toEqual(["Anna", "Anna", "anna@x.example", "Anna"]);
});

test("each address signs as it is chosen for it, answers in their own way", () => {
  expect(signatureFor(needs, "CHEF@wir.example", true)?.id).toBe("b2");
  expect([signatureFor(needs, "info@wir.example", false)?.id, signatureFor(needs, "info@wir.example", true), signatureFor(needs, "wer@x", false)?.id]).toEqual(["b1", null, "b1"]);
});

test("in a letter it is filled in, safe, and its pictures are parts", () => {
  const html = `<p onclick="x()">{{name}}</p><p>Tel. {{phone}}</p><script>x()</script><img src="${PIXEL}" alt="Logo">`;
  const ready = filled(one("b1", { html, subject: "Für {{recipient name}}" }), valuesOf(needs, about), () => "1@wir.example");

  expect(ready.html).toBe('<p>Anna Berger</p><img src="cid:1@wir.example" alt="Logo">');
  expect([ready.plain, ready.subject, ready.pictures.get("1@wir.example")?.type]).toEqual(["Anna Berger", "Für Berger, Zoe", "image/png"]);
  expect(filled(one("b2", { plain: "<{{name}}>\nTel. {{phone}}" }), valuesOf(needs, about), () => "").html).toBe('<p style="margin:0">&lt;Anna Berger&gt;</p>');
});

test("pictures go out of the text and back into it as they were", async () => {
  const { html, pictures } = takenOut(`<img src="${PIXEL}"><img src="data:image/svg+xml;base64,AAAA"><img src="data:image/png;base64,?">`, () => "c@x");

  expect(html).toBe('<img src="cid:c@x"><img src="data:image/svg+xml;base64,AAAA"><img src="data:image/png;base64,?">');
  expect(await putIn(html, pictures)).toContain(`src="${PIXEL}"`);
});

test("templates are found by any of their words, names first", () => {
  const all = [one("b1", { name: "Absage", plain: "leider vergeben" }), one("b2", { name: "Besichtigung", subject: "Termin" }), one("b3", { name: "Zusage", plain: "Besichtigung war gut" })];

  expect(found(all, "besich").map(({ id }) => id)).toEqual(["b2", "b3"]);
  expect([found(all, "termin bes").length, found(all, "").length, found(all, "nichts").length]).toEqual([1, 3, 0]);
});
