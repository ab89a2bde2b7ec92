import { expect, test } from "vitest";
import type { AccountId, BlobId } from "@/jmap";
import { Copies } from "./copies";
import type { Copy } from "./copies";
import { EMPTY, NO_ORIGIN } from "./letter";

class Shelf {
  readonly kept = new Map<string, string>();
  isFull = false;
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  removeItem = (key: string): void => { this.kept.delete(key); };
  setItem = (key: string, value: string): void => {
    if (this.isFull) throw new Error("full");
    this.kept.set(key, value);
  };
}

const file = (blobId: string | null) => ({ key: "f", name: "a", type: "text/plain", size: 1, cid: null, blobId: blobId as BlobId | null });
const copy = (key: string, at = new Date().toISOString()): Copy => ({ key, account: "a1" as AccountId, draft: null, origin: NO_ORIGIN, letter: { ...EMPTY, subject: key }, at });

test("each letter has one copy, with the names of what was not uploaded, and none when it is at the server", () => {
  const [shelf] = [new Shelf()];
  const copies = new Copies("u1", shelf);
  copies.put(copy("a"));
  copies.put(copy("b"));
  copies.put({ ...copy("a"), letter: { ...EMPTY, subject: "neu", files: [file("b1"), file(null)] } });

  expect(copies.all().map(({ letter }) => [letter.subject, letter.files.length])).toEqual([["b", 0], ["neu", 2]]);
  copies.drop("a");
  copies.drop("b");
  expect(shelf.kept.size).toBe(0);
});

test("one person's copies are nobody else's, and none is older than a month", () => {
  const shelf = new Shelf();
  new Copies("u1", shelf).put(copy("a"));
  new Copies("u2", shelf).put(copy("b", "2020-01-01T00:00:00Z"));

  expect([new Copies("u1", shelf).all().length, new Copies("u2", shelf).all().length]).toEqual([1, 0]);
});

test("a browser that keeps nothing, or kept something unreadable, is no hindrance", () => {
  const shelf = new Shelf();
  shelf.isFull = true;
  const copies = new Copies("u1", shelf);
  copies.put(copy("a"));
  shelf.kept.set("poststelle.letters.u1", "{");

  expect(copies.all()).toEqual([]);
});
