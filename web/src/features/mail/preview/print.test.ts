// @vitest-environment jsdom
import { expect, test } from "vitest";
import { safeHtml } from "../html/safe";
import type { Email, EmailBody } from "@/jmap";
import type { AccountStore } from "@/store";
import { fillSheets, sheetOf } from "./print";
import { momentWord } from "./usePrint";

test("each message stands on paper with its head, and its style sheet reaches no other one", () => {
  const paper = document.implementation.createHTMLDocument("Wohnung");
  const mail = safeHtml("<style>p{color:red}</style><p>Passt Montag?</p><script>alert(1)</script>", { outside: "held", cidUrl: () => null });
  const words = { title: "Wohnung", count: "2 messages", quoted: "[…]", attachments: "Attachments" };
  fillSheets(paper, words, [
    { head: [["From", "Anna <anna@x.example>"], ["Cc", ""]], mail, text: "", brought: new Map() },
    { head: [["From", "Büro"]], mail: null, text: "Gern!\n<b>Bis dann</b>", brought: new Map() },
  ]);

  expect(paper.querySelector("h1")?.textContent).toBe("Wohnung");
  expect([...paper.querySelectorAll("dl")].map((head) => head.textContent)).toEqual(["FromAnna <anna@x.example>", "FromBüro"]);
  const shadow = paper.querySelector("section > div")?.shadowRoot;
  expect(shadow?.querySelector("p")?.textContent).toBe("Passt Montag?");
  expect(shadow?.querySelector("style")?.textContent).toContain("p{color:red}");
  expect([paper.querySelectorAll("style, script").length, shadow?.querySelector("script")]).toEqual([0, null]);
  expect(paper.querySelector("pre")?.textContent).toBe("Gern!\n<b>Bis dann</b>");
});

test("the first message on paper keeps what it quotes, for nothing of it stands above", async () => {
  const html = `<p>Gern, Montag passt.</p><blockquote type="cite"><p>Wann kann ich die Wohnung sehen?</p></blockquote>`;
  const words = { title: "", count: "", quoted: "[quoted]", attachments: "" };
  const body = { id: "m1", cc: null, htmlBody: [{ partId: "1", type: "text/html" }], textBody: [], attachments: [], bodyValues: { 1: { value: html } } } as unknown as EmailBody;
  const email = { id: "m1", subject: "Wohnung", from: null, to: null } as unknown as Email;
  const options = { account: { id: "a1" } as AccountStore, session: {} as never, pictured: new Set<never>(), words, headOf: () => [] };
  const [first, second] = [await sheetOf(options, { email, body, isFirst: true }, []), await sheetOf(options, { email, body, isFirst: false }, [])];

  expect(first.mail?.body).toContain("Wann kann ich die Wohnung sehen?");
  expect(second.mail?.body).not.toContain("Wann kann ich");
  expect(second.mail?.body).toContain("[quoted]");
});

test("own mail was sent, a draft is one, and all else was received", () => {
  const account = { mailboxes: new Map([["i", { role: "inbox" }], ["s", { role: "sent" }], ["d", { role: "drafts" }]]) } as unknown as AccountStore;
  const word = (folder: string): string => momentWord(account, { mailboxIds: { [folder]: true }, keywords: folder === "d" ? { $draft: true } : {} } as unknown as Email);
  expect([word("i"), word("s"), word("d")]).toEqual(["Received", "Sent", "Draft"]);
});
