import { expect, test } from "vitest";
import type { Email, Mailbox } from "@/jmap";
import type { OperatorWords } from "./suggest";
import { accepted, peopleOf, suggestions } from "./suggest";

const words: OperatorWords = {
  names: { from: "von", to: "an", subject: "betreff", in: "in", category: "kategorie", before: "vor", after: "seit", is: "ist", has: "mit" },
  states: { unread: "ungelesen", flagged: "gekennzeichnet", answered: "beantwortet", attachment: "anhang" },
};
const folder = (name: string) => ({ id: name, name }) as unknown as Mailbox;
const known = {
  recent: ["miete von:anna"],
  folders: { all: [folder("Posteingang"), folder("Haus am Park")], path: (mailbox: Mailbox) => [mailbox.name], ownPath: (mailbox: Mailbox) => [mailbox.name] },
  people: [{ name: "Anna Berger", email: "anna@berger.example" }, { name: null, email: "info@parkhaus.example" }],
  categories: ["Dringend", "Rote Kategorie"],
};
const shown = (text: string, at = text.length) => suggestions(text, at, known, words).map((each) => (each.kind === "recent" ? each.text : each.insert));

test.each([
  ["", ["miete von:anna", "von:", "an:", "betreff:", "in:", "kategorie:", "vor:", "seit:", "ist:", "mit:"]],
  ["be", ["betreff:", "von:anna@berger.example"]],
  ["miete in:pa", ['in:"Haus am Park"']],
  ["from:an", ["from:anna@berger.example"]],
  ["von:park", ["von:info@parkhaus.example"]],
  ["von:haus", []],
  ["von:info", ["von:info@parkhaus.example"]],
  ["category:kat", ['kategorie:"Rote Kategorie"']],
  ["ist:un", ["ist:ungelesen"]],
  ["mit:an", ["mit:anhang"]],
  ["vor:1", []],
])("%s", (text, expected) => {
  expect(shown(text)).toEqual(expected);
});

test("a proposal stands in place of what was begun, in the middle of a text too", () => {
  const [first] = suggestions("von:an miete", 6, known, words);

  expect(first && accepted("von:an miete", 6, first)).toEqual({ text: "von:anna@berger.example miete", at: 24 });
});

test("people are those met most often", () => {
  const email = (from: string, to: string) => ({ from: [{ name: null, email: from }], to: [{ name: null, email: to }] }) as unknown as Email;

  expect(peopleOf([email("a@x", "b@x"), email("B@x", "c@x")]).map((person) => person.email)).toEqual(["b@x", "a@x", "c@x"]);
});

test.each(["chef@buero.example", "chef\u200b@buero.example", "\u2060"])("a person whose name poses as another address (%j) is proposed by the own one", (name) => {
  const [first] = suggestions("von:x", 5, { ...known, people: [{ name, email: "x@stranger.example" }] }, words);

  expect(first).toMatchObject({ kind: "person", name: "x@stranger.example" });
});
