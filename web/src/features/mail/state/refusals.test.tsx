// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import { SetFailed } from "@/jmap";
import type { AccountStore, Notice } from "@/store";
import { Attempts } from "@/store/attempts";
import { Page } from "../../../../test/page";
import { type MailView, MailContext } from "./mail";
import { DeedFailed, useRefusalWords } from "./refusals";

const id = "m1" as Notice["message"];
const folders = new Map([["f4", { name: "Deleted Items", role: "trash" }], ["f6", { name: "Archive", role: "archive" }]]);

let page: Page;
let attempts: Attempts;

beforeEach(() => {
  page = new Page();
  attempts = new Attempts();
});

afterEach(() => page.end());

/** What the page says by `words`, of a message whose subject is "Refused". */
async function said(words: (use: ReturnType<typeof useRefusalWords>) => string): Promise<string> {
  const account = { attempts, mailboxes: folders, emails: new Map([[id, { subject: "Refused" }]]) } as unknown as AccountStore;
  const Said = () => <p>{words(useRefusalWords())}</p>;
  await page.show(<MailContext value={{ account } as unknown as MailView}><Said /></MailContext>);
  return page.text();
}

const of = (kind: Notice["kind"]): Notice => ({ id: 1, at: "", kind, message: id, code: "refused", detail: "", user: null, folder: null });

test.each([
  ["delete", "Not deleted: “Refused”"],
  ["archive", "Not archived: “Refused”"],
  ["junk", "Not moved to junk: “Refused”"],
  ["read", "Not marked as read: “Refused”"],
  ["flag", "Not flagged: “Refused”"],
  ["categorise", "Categories not changed: “Refused”"],
  ["move", "Not moved: “Refused”"],
] as const)("a refused %s is told as the deed it was, in any window", async (kind, words) => {
  expect(await said((use) => use.noticeTitle(of(kind)))).toBe(words);
});

test("several of one deed are told as one", async () => {
  expect(await said((use) => use.noticeTitle(of("archive"), [{ ...of("archive"), message: "m2" as never }]))).toBe("Not archived: 2 messages");
});

test("a move of this window is told with its target", async () => {
  attempts.note([id], { kind: "move", to: "f6" as never });

  expect(await said((use) => use.noticeTitle(of("move")))).toBe("Not moved to “Archive”: “Refused”");
});

test.each([
  [{ type: "forbidden" }, "You may not do this in this mailbox. Please ask your administrator."],
  [{ type: "forbidden", "poststelle:reason": "waits_to_be_sent" }, "The message waits to be sent, and still will be. Open it and take that back first."],
])("who lacks no right is told why it can't be (%j)", async (refusal, words) => {
  expect(await said((use) => use.reason(new SetFailed(new Map([[id, refusal]]))) ?? "")).toBe(words);
});

test.each([
  [[], "Not deleted: “Refused”"],
  [[id], "Not known yet whether deleted: “Refused”"],
])("a deletion that fails at once is called one (%#)", async (unsure, words) => {
  const outcome = { changed: [], refused: new Map([[id, { type: "forbidden" }]]), left: [], unsure };
  const failure = new DeedFailed({ kind: "move", to: "f4" as never }, outcome, new Error("refused"));

  expect(await said((use) => use.title(failure))).toBe(words);
});
