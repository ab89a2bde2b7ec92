import { beforeEach, expect, test } from "vitest";
import type { Recipient } from "./groups";
import { KeptGroups } from "./keptGroups";
import { EMPTY } from "./letter";

const NOW = new Date("2026-11-28T09:00:00Z");
const LATER = new Date("2027-01-28T09:00:00Z");
let items: Map<string, string>;
let kept: KeptGroups;

beforeEach(() => {
  items = new Map();
  kept = new KeptGroups("u1", {
    getItem: (name) => items.get(name) ?? null, setItem: (name, value) => { items.set(name, value); }, removeItem: (name) => { items.delete(name); },
  });
});

const one = (email: string, group?: string): Recipient => ({ name: null, email, ...(group === undefined ? {} : { group }) });
const letter = (...to: readonly Recipient[]) => ({ ...EMPTY, lineage: ["abc"], to });
const stored = letter(one("Anna@x.example"), one("tom@x.example"), one("eva@x.example"));

test("a draft that is opened again shows its groups, and nobody's address is kept for that", () => {
  kept.put(letter(one("anna@x.example", "Eigentümer"), one("tom@x.example", "Eigentümer"), one("eva@x.example")), NOW);

  expect(kept.restored(stored, NOW).to.map(({ group }) => group)).toEqual(["Eigentümer", "Eigentümer", undefined]);
  expect([...items.values()].join("")).not.toContain("@");
  expect(kept.restored({ ...stored, lineage: ["other"] }, NOW).to).toEqual(stored.to);
  expect(kept.restored(stored, LATER).to).toEqual(stored.to);
});

test("a group of which somebody has left a person out elsewhere is shown person by person", () => {
  kept.put(letter(one("anna@x.example", "Büro"), one("max@x.example", "Büro")), NOW);
  expect(kept.restored(stored, NOW).to).toEqual(stored.to);
});

test("what was singled out, sent or thrown away is forgotten", () => {
  kept.put(letter(one("anna@x.example", "Büro")), NOW);
  kept.put(letter(one("anna@x.example")), NOW);
  expect(items.size).toBe(0);
});

test("an unreadable shelf is no reason to fail", () => {
  items.set("poststelle.draft-groups.u1", '{"abc":null}');
  expect(kept.restored(stored, NOW)).toEqual(stored);
});
