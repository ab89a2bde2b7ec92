import { expect, test } from "vitest";
import { pieces } from "./snippets";

test("a snippet is text in pieces: entities are read, tags are none, and nothing turns the writing", () => {
  expect(pieces("Re: <mark>Miete</mark> &amp; &lt;b&gt;Pacht‮ <mark>mieten</mark>")).toEqual([
    { text: "Re: ", isHit: false }, { text: "Miete", isHit: true }, { text: " & <b>Pacht ", isHit: false }, { text: "mieten", isHit: true },
  ]);
});
