// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { isHeavy, wordsOf } from "./heavy";

const times = (count: number, text: string): string => text.repeat(count);

describe("what would hold the page up", () => {
  test.each([
    ["thousands of boxes in boxes", `${times(20_000, "<div>")}deep inside${times(20_000, "</div>")}`],
    ["tables in tables", `${times(600, "<table><tr><td>")}deep inside`],
    ["tens of thousands of links", times(60_000, "<p>line <a href='https://x.example'>x</a></p>")],
    ["megabytes", times(400_000, "words ")],
    ["tags without an end", times(200_000, "<a")],
  ])("%s is found in a moment", (_, html) => {
    const before = performance.now();
    const found = isHeavy(html);

    expect(found).toBe(true);
    expect(performance.now() - before).toBeLessThan(300);
  });

  test.each([
    ["a long exchange", times(100, "<div><blockquote>")],
    ["a newsletter", times(400, "<table><tr><td><img src='x'><br><p>words</td></tr></table>")],
    ["paragraphs nobody closed", times(5_000, "<p>words<br>")],
  ])("%s is not", (_, html) => {
    expect(isHeavy(html)).toBe(false);
  });
});

test("the words stay, a line for each block, links with their address, nothing that is not text", () => {
  const html = "<head><title>t</title><style>p{}</style></head><p>Guten <b>Tag</b>,</p><div>siehe <a href='https://x.example/a'>hier</a>"
    + "<br>und <a href='https://x.example/b'>https://x.example/b</a></div><script>alert(1)</script>";

  expect(wordsOf(html)).toBe("Guten Tag,\nsiehe hier (https://x.example/a)\nund https://x.example/b");
});

test("however deep, the words are found in a moment", () => {
  const before = performance.now();
  const words = wordsOf(`${times(500, "<div>")}deep inside${times(500, "</div>")}`);

  expect(words).toBe("deep inside");
  expect(performance.now() - before).toBeLessThan(1_000);
});
