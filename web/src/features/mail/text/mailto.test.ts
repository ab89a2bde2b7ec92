import { expect, test } from "vitest";
import { linesHtml, startOfMailto, startOfShared } from "./mailto";

test("a mailto address begins a letter", () => {
  const start = startOfMailto("mailto:anna%40buero.example,thomas@buero.example?cc=b@example.org&subject=Re%3A%20Wartung&body=Guten%20Tag%0D%0Aund%20danke");
  expect(start).toEqual({
    to: [{ name: null, email: "anna@buero.example" }, { name: null, email: "thomas@buero.example" }],
    cc: [{ name: null, email: "b@example.org" }], subject: "Re: Wartung", text: "Guten Tag\nund danke",
  });
});

test("a link adds nobody unseen and names no file", () => {
  const start = startOfMailto("mailto:a@example.org?bcc=spy@example.org&attach=/etc/passwd&subject=x%0D%0ABcc:%20spy@example.org");
  expect(JSON.stringify(start)).not.toContain("passwd");
  expect([start?.to.length, start?.cc, start?.subject]).toEqual([1, [], "x Bcc: spy@example.org"]);
});

test.each([["https://example.org"], ["mailt:x"], ["javascript:alert(1)"]])("%s is no mailto address", (address) => {
  expect(startOfMailto(address)).toBeNull();
});

test("a broken percent sign and marks that turn the writing do no harm", () => {
  expect(startOfMailto("mailto:?subject=100%&body=a\u202eb")).toMatchObject({ subject: "100%", text: "ab" });
});

test("what is shared is subject and text; an address that stands there already is not said twice", () => {
  expect(startOfShared({ title: "Expose", text: "Sehen Sie https://a.example", url: "https://a.example" }))
    .toMatchObject({ subject: "Expose", text: "Sehen Sie https://a.example" });
  expect(startOfShared({ url: "https://a.example" })).toMatchObject({ subject: "", text: "https://a.example" });
  expect(startOfShared({})).toBeNull();
});

test("a text becomes paragraphs, and no markup", () => {
  expect(linesHtml('<img src=x onerror="x">\n\n& so')).toBe("<div>&lt;img src=x onerror=&quot;x&quot;&gt;</div><div><br></div><div>&amp; so</div>");
});
