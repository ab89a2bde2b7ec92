import { beforeEach, expect, test } from "vitest";
import type { AccountId } from "@/jmap";
import { isForSize } from "../state/noticeWords";
import { EMPTY } from "./letter";
import { learnRefused, learnSent, learned, sizeOf, tooMuch } from "./size";

const BOX = "a1" as AccountId;
const MB = 1_000_000;
const USUAL = 25 * MB;
let kept: Map<string, string>;
let shelf: Pick<Storage, "getItem" | "setItem">;
const judged = (mb: number) => tooMuch(mb * MB, USUAL, learned(BOX, shelf));
const refuse = (mb: number): void => { learnRefused(BOX, mb * MB, shelf); };

beforeEach(() => {
  kept = new Map();
  shelf = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => { kept.set(name, value); } };
});

test("until anything is known what is usual counts, and nothing where nobody says what that is", () => {
  expect([judged(25), judged(26), tooMuch(99, null, learned(BOX, shelf))]).toEqual([null, { size: 26 * MB, most: 25 * MB, isKnown: false }, null]);
});

test("what was refused is a limit from then on, of that mailbox alone", () => {
  refuse(12);
  refuse(20);
  expect([judged(11), judged(12), learned("a2" as AccountId, shelf).refused]).toEqual([null, { size: 12 * MB, most: 12 * MB, isKnown: true }, null]);
});

test("what was sent is no longer warned of; what is refused later takes that back", () => {
  refuse(30);
  learnSent(BOX, 40 * MB, shelf);
  expect([judged(40), judged(41)]).toEqual([null, { size: 41 * MB, most: 25 * MB, isKnown: false }]);
  refuse(35);
  refuse(0.1); // its files were not known
  expect([judged(24), judged(36)]).toEqual([null, { size: 36 * MB, most: 35 * MB, isKnown: true }]);
});

test("a shelf that can't be read is no reason to fail", () => {
  kept.set("poststelle.letter-sizes", "{");
  expect(judged(26)).toMatchObject({ isKnown: false });
});

test("only what goes along counts: files, pictures that the text shows, the text", () => {
  const file = (key: string, size: number, cid: string | null) => ({ key, name: key, type: "image/png", size, cid, blobId: null });
  const files = [file("a", 100, null), file("b", 50, "in@x"), file("c", 70, "out@x")];
  const html = '<img src="cid:in@x">';
  expect(sizeOf({ ...EMPTY, html, files })).toBe(150 + html.length);
});

test("Microsoft's codes for a size are known", () => {
  expect(["ErrorMessageSizeExceeded", "http_413", "ErrorInvalidRecipients", null].map(isForSize)).toEqual([true, true, false, false]);
});
