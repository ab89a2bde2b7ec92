import { expect, test } from "vitest";
import type { Mailbox } from "@/jmap";
import { parseSearch } from "./parse";

const folder = (id: string, name: string, role: Mailbox["role"] = null, parentId: string | null = null) => ({ id, name, role, parentId }) as unknown as Mailbox;
const all = [folder("i", "Posteingang", "inbox"), folder("s", "Gesendete Elemente", "sent"), folder("o", "Objekte"), folder("l", "Lindenallee 3", null, "o"), folder("k", "Objektkosten")];
const ownPath = (mailbox: Mailbox) => (mailbox.parentId ? ["Objekte", mailbox.name] : [mailbox.name]);
const folders = { all, ownPath, path: (mailbox: Mailbox) => (mailbox.role === "sent" ? ["Gone out"] : ownPath(mailbox)) };
const today = new Date(2026, 10, 27, 15, 30);
const local = (year: number, month: number, day: number) => new Date(year, month - 1, day).toISOString();
const filterOf = (text: string) => parseSearch(text, folders, today).filter;

test.each([
  ["besichtigung ", { text: "besichtigung" }],
  ["besichtigung", { text: "besichtigung*" }],
  ["besichtigung lindenallee ", { text: "besichtigung lindenallee" }],
  ['"Lindenallee 3" mieter ', { text: '"Lindenallee 3" mieter' }],
  ["„Lindenallee 3“ ", { text: '"Lindenallee 3"' }],
  ["von:anna ", { from: "anna" }],
  ["From:anna", { from: "anna*" }],
  ["betreff:\"neue Heizung\"", { subject: '"neue Heizung"' }],
  ["miete -mahnung ", { operator: "AND", conditions: [{ text: "miete" }, { operator: "NOT", conditions: [{ text: "mahnung" }] }] }],
  ["miete OR pacht ", { operator: "OR", conditions: [{ text: "miete" }, { text: "pacht" }] }],
  ["is:unread", { notKeyword: "$seen" }],
  ["ist:ungelesen mit:anhang", { operator: "AND", conditions: [{ notKeyword: "$seen" }, { hasAttachment: true }] }],
  ["ist:sonstige", { "poststelle:isOther": true }],
  ["kategorie:\"Rote Kategorie\"", { "poststelle:category": "Rote Kategorie" }],
  ["category:Nebenkosten miete ", { operator: "AND", conditions: [{ text: "miete" }, { "poststelle:category": "Nebenkosten" }] }],
  ["larger:2MB", { minSize: 2_000_000 }],
  ["kleiner:1,5k", { maxSize: 1_500 }],
  ["in:inbox", { inMailbox: "i" }],
  ["ordner:gesendet", { inMailbox: "s" }],
  ["in:\"gesendete elemente\"", { inMailbox: "s" }],
  ["in:\"gone out\"", { inMailbox: "s" }],
  ["in:\"Lindenallee 3\"", { inMailbox: "l" }],
  ["in:objekte/lindenallee", { inMailbox: "l" }],
  ["in:objekte", { inMailbox: "o" }],
  ["in:objekt", { operator: "OR", conditions: [{ inMailbox: "o" }, { inMailbox: "l" }, { inMailbox: "k" }] }],
  ["vor:1.11.2026", { before: local(2026, 11, 1) }],
  ["seit:2026-11", { after: local(2026, 11, 1) }],
  ["on:yesterday", { after: local(2026, 11, 26), before: local(2026, 11, 27) }],
  ["am:1.2.", { after: local(2026, 2, 1), before: local(2026, 2, 2) }],
  ["after:7d", { after: local(2026, 11, 20) }],
  ["before:2025", { before: local(2025, 1, 1) }],
  ["https://example.org/x ", { text: "https://example.org/x" }],
  ["14:30 ", { text: "14:30" }],
  ["from:", null],
  ["", null],
  ["- * :", null],
])("%s", (text, filter) => {
  expect(filterOf(text)).toEqual(filter);
});

test.each([
  ["in:nirgends", { kind: "folder", value: "nirgends" }],
  ["vor:31.2.2026", { kind: "date", value: "31.2.2026" }],
  ["after:soon", { kind: "date", value: "soon" }],
  ["larger:viel", { kind: "size", value: "viel" }],
  ["is:blue", { kind: "state", value: "blue" }],
])("what can't be understood is named, and nothing is asked for: %s", (text, problem) => {
  const parsed = parseSearch(`miete ${text}`, folders, today);

  expect([parsed.filter, parsed.problems]).toEqual([null, [problem]]);
});

test("words to be marked are those that must be there", () => {
  expect(parseSearch("von:anna \"Lindenallee 3\" -mahnung is:unread heiz", folders, today).words).toEqual(["anna", "Lindenallee 3", "heiz*"]);
});
