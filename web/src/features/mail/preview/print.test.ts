// @vitest-environment jsdom
import { expect, test } from "vitest";
import { safeHtml } from "../html/safe";
import { fillSheets } from "./print";

test("each message stands on paper with its head, and its style sheet reaches no other one", () => {
  const paper = document.implementation.createHTMLDocument("Wohnung");
  const mail = safeHtml("<style>p{color:red}</style><p>Passt Montag?</p><script>alert(1)</script>", { mayFetch: false, cidUrl: () => null });
  const words = { title: "Wohnung", count: "2 messages", quoted: "[…]", attachments: "Attachments" };
  fillSheets(paper, words, [
    { head: [["From", "Anna <anna@x.example>"], ["Cc", ""]], mail, text: "" },
    { head: [["From", "Büro"]], mail: null, text: "Gern!\n<b>Bis dann</b>" },
  ]);

  expect(paper.querySelector("h1")?.textContent).toBe("Wohnung");
  expect([...paper.querySelectorAll("dl")].map((head) => head.textContent)).toEqual(["FromAnna <anna@x.example>", "FromBüro"]);
  const shadow = paper.querySelector("section > div")?.shadowRoot;
  expect(shadow?.querySelector("p")?.textContent).toBe("Passt Montag?");
  expect(shadow?.querySelector("style")?.textContent).toContain("p{color:red}");
  expect([paper.querySelectorAll("style, script").length, shadow?.querySelector("script")]).toEqual([0, null]);
  expect(paper.querySelector("pre")?.textContent).toBe("Gern!\n<b>Bis dann</b>");
});
