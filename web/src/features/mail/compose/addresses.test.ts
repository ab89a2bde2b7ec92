import { expect, test } from "vitest";
import type { EmailAddress } from "@/jmap";
import { answerRecipients, answerSubject, isProper, parseAddresses, proposed } from "./addresses";

const person = (email: string, name: string | null = null): EmailAddress => ({ name, email });

test.each<[string, EmailAddress[]]>([
  ["anna@berger.example", [person("anna@berger.example")]],
  ["Anna Berger <anna@berger.example>; Tom <tom@x.example>", [person("anna@berger.example", "Anna Berger"), person("tom@x.example", "Tom")]],
  ['"Berger, Anna" <anna@berger.example>, tom@x.example', [person("anna@berger.example", "Berger, Anna"), person("tom@x.example")]],
  ["Berger, Anna <anna@berger.example>", [person("anna@berger.example", "Berger, Anna")]],
  ["a@x.example\r\nb@x.example\n\nc@x.example", [person("a@x.example"), person("b@x.example"), person("c@x.example")]],
  ["mailto:anna@berger.example", [person("anna@berger.example")]],
  ["falsch", [person("falsch")]],
  ["falsch, auch falsch", [person("falsch"), person("auch falsch")]],
  [" ;, ", []],
  ['"Offen <a@x.example>\nb@x.example', [person("a@x.example", "Offen"), person("b@x.example")]],
])("addresses of %j", (text, expected) => {
  expect(parseAddresses(text)).toEqual(expected);
});

test("what is no address is seen as such", () => {
  expect(parseAddresses("a@x.example, a@, Anna").map(isProper)).toEqual([true, false, false]);
});

const people = [person("info@berger.example", "Anna Berger"), person("tom@x.example", "Tom Anders"), person("keine adresse", "Anna Keine")];

test.each<[string, string[]]>([
  ["an", ["info@berger.example", "tom@x.example"]],
  ["anna be", ["info@berger.example"]],
  ["info@b", ["info@berger.example"]],
  ["erger", []],
  ["", []],
])("proposals for %j", (begun, expected) => {
  expect(proposed(begun, people, []).map(({ email }) => email)).toEqual(expected);
});

test("however an umlaut is written, it is the same person", () => {
  const all = [person("j.mueller@x.example", "Jörg Müller"), person("goethe@x.example", "Goethe"), person("strasse@x.example", "Straße 1")];
  const found = (begun: string): string[] => proposed(begun, all, []).map(({ email }) => email);

  expect(["müll", "mueller", "muller", "jorg mü", "MUE"].map(found)).toEqual(Array(5).fill(["j.mueller@x.example"]));
  expect([proposed("mueller", [person("m@x.example", "Muller")], []).length, proposed("zoe", [person("z@x.example", "Zo Ende")], []).length]).toEqual([1, 0]);
  expect([found("straß"), found("goe"), found("göthe")]).toEqual([["strasse@x.example"], ["goethe@x.example"], ["goethe@x.example"]]);
});

test("nobody is proposed twice", () => {
  expect(proposed("tom", people, [person("TOM@x.example")])).toEqual([]);
});

const us = ["info@wir.example"];
const letter = { from: [person("kunde@x.example")], to: [person("INFO@wir.example"), person("b@x.example")] };
const rest = { cc: [person("c@x.example"), person("kunde@x.example"), person("info@wir.example")], replyTo: null };

test("an answer goes to the author, an answer to all to everybody but us", () => {
  expect(answerRecipients("reply", letter, rest, us)).toEqual({ to: [person("kunde@x.example")], cc: [] });
  expect(answerRecipients("replyAll", letter, rest, us)).toEqual({ to: [person("kunde@x.example"), person("b@x.example")], cc: [person("c@x.example")] });
  expect(answerRecipients("forward", letter, rest, us)).toEqual({ to: [], cc: [] });
});

test("where the author wants answers elsewhere they go there", () => {
  expect(answerRecipients("reply", letter, { ...rest, replyTo: [person("dort@x.example")] }, us).to).toEqual([person("dort@x.example")]);
});

test("an address that is not the sender's is told apart from it, whatever its name says", () => {
  const named = (email: string) => ({ name: "Kunde", email });
  const to = (replyTo: string) => answerRecipients("reply", { ...letter, from: [named("kunde@x.example")] }, { ...rest, replyTo: [named(replyTo)] }, us).to;

  expect(to("Kunde@X.example")).toEqual([named("Kunde@X.example")]);
  expect(to("dort@y.example")).toEqual([{ ...named("dort@y.example"), isElsewhere: true }]);
});

test("what we wrote is followed up to those it went to", () => {
  const ours = { from: [person("info@wir.example")], to: [person("kunde@x.example")] };

  expect(answerRecipients("reply", ours, rest, us).to).toEqual([person("kunde@x.example")]);
  expect(answerRecipients("replyAll", ours, rest, us)).toEqual({ to: [person("kunde@x.example")], cc: [person("c@x.example")] });
});

test("a message to ourselves is answered to ourselves", () => {
  const self = { from: [person("info@wir.example")], to: [person("info@wir.example")] };

  expect(answerRecipients("replyAll", self, { cc: null, replyTo: null }, us).to).toEqual([person("info@wir.example")]);
});

test.each([
  ["reply", "Angebot", "AW", "AW: Angebot"], ["reply", "Re: Angebot", "AW", "Re: Angebot"], ["reply", "AW[2]: Angebot", "Re", "AW[2]: Angebot"],
  ["forward", "AW: Angebot", "WG", "WG: AW: Angebot"], ["forward", "Fwd: Angebot", "WG", "Fwd: Angebot"], ["reply", "", "AW", "AW:"],
  ["reply", "Reise", "AW", "AW: Reise"],
] as const)("%s to %j", (kind, subject, prefix, expected) => {
  expect(answerSubject(kind, subject, prefix)).toBe(expected);
});

test("what a form writes in our name is answered to whom it names", () => {
  const form = { from: [person("info@wir.example")], to: [person("info@wir.example")] };
  const named = { cc: null, replyTo: [person("kunde@privat.example")] };

  for (const kind of ["reply", "replyAll"] as const) expect(answerRecipients(kind, form, named, us)).toEqual({ to: [person("kunde@privat.example")], cc: [] });
  const ours = { from: [person("info@wir.example")], to: [person("kunde@x.example")] };
  expect(answerRecipients("reply", ours, named, us).to).toEqual([person("kunde@x.example")]);
});

test("who has just the address that was typed is proposed first", () => {
  const known = [person("info@firma.com"), person("info@firma.com.example"), person("info@firma.co")];

  expect(proposed("Info@firma.co", known, []).map(({ email }) => email)).toEqual(["info@firma.co", "info@firma.com", "info@firma.com.example"]);
});
