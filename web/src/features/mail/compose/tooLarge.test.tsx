// @vitest-environment jsdom
import { Page } from "../../../../test/page";
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AccountId, EmailId, Session } from "@/jmap";
import { JmapClient } from "@/jmap";
import type { MailStore, Notice } from "@/store";
import { AccountStore, Value } from "@/store";
import type { Composer } from "./composer";
import { Desk } from "./desk";
import type { LetterFile } from "./letter";
import { EMPTY } from "./letter";
import { isNotKept } from "./saying";
import { Files } from "./Files";
import { NotKept, SavingLine } from "./SavingLine";
import { SizeNotice } from "./SizeNotice";
import { useStored } from "./useStored";

const MB = 1_000_000;
const MAIL = "urn:ietf:params:jmap:mail";

let page: Page;
let desk: Desk;
let composer: Composer;
let dismissed: string[];

function file(megabytes: number): LetterFile {
  return { key: String(megabytes), name: "Plan.pdf", type: "application/pdf", size: megabytes * MB, cid: null, blobId: null };
}

function Shown() {
  const refused = useStored(desk, composer);
  return <><SizeNotice composer={composer} refused={refused} /><SavingLine composer={composer} refused={refused} /></>;
}

async function told(...notices: Partial<Notice>[]): Promise<void> {
  await act(async () => { composer.account.notices.set(notices.map((one, id) => ({ id, kind: "create", code: "refused", folder: null, user: null, at: "", ...one }) as Notice)); });
}

beforeEach(() => {
  localStorage.clear();
  page = new Page();
  dismissed = [];
  const transport = (path: string, _?: unknown, method?: string) => { if (method === "DELETE") dismissed.push(path); return Promise.resolve({ methodResponses: [], notices: [] }); };
  const session = { accounts: { a1: { accountCapabilities: { [MAIL]: { maxSizeAttachmentsPerEmail: 25 * MB } } } } } as unknown as Session;
  desk = new Desk({ assigned: new Value(null), session: new Value(session), line: new Value("online"), transport } as unknown as MailStore, "u1");
  const account = new AccountStore("a1" as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
  composer = desk.write(account, "info@wir.example", { letter: { ...EMPTY, files: [file(20)] }, draft: "m2" as EmailId, savedAt: new Date(0) }) as Composer;
});

afterEach(() => page.end());

test("a letter that grows too large says so while it is written, with the size and what to do", async () => {
  await page.show(<Shown />);
  expect(page.text()).not.toContain("too large");
  await act(async () => { composer.letter.set({ ...composer.letter.get(), files: [file(31)] }); });
  expect(page.text()).toContain("Probably too large to be sent: 31 MB");
  expect(page.text()).toContain("up to 25 MB of files. Send a link instead");
});

test("a draft that Microsoft has refused is not called saved, and the size is remembered", async () => {
  await page.show(<Shown />);
  await told({ message: "m2" as EmailId, detail: "ErrorMessageSizeExceeded" });
  expect(page.text()).toContain("With its 20 MB it is larger than this mailbox may send. Send a link instead");
  expect(page.text()).toContain("Kept here only: too large for Microsoft");

  await told(); // somebody has understood it: it is as true as before
  expect(page.text()).toContain("Kept here only");
  await act(async () => { composer.letter.set({ ...composer.letter.get(), files: [file(3)] }); });
  expect(page.text()).not.toContain("larger than this mailbox");
  await act(async () => { composer.letter.set({ ...composer.letter.get(), files: [file(21)] }); composer.draft = "m3" as EmailId; composer.keeper.wasSaved(new Date()); });
  expect(page.text()).toContain("Too large for this mailbox: 21 MBMicrosoft has refused 20 MB from this mailbox before.");
});

test("other reasons are told too; what was said of a draft that was replaced goes", async () => {
  composer.replaced.add("m1" as EmailId);
  await page.show(<Shown />);
  await told({ message: "m2" as EmailId, detail: "ErrorQuotaExceeded" }, { message: "m1" as EmailId, detail: "ErrorMessageSizeExceeded" });
  expect(page.text()).toContain("The mailbox is full.");
  expect(page.text()).toContain("Kept here only: refused by Microsoft");
  expect(dismissed).toEqual(["/api/mailboxes/a1/notices/1"]);
});

test("what Microsoft said of a draft stays true when somebody has understood it and opens the letter again", async () => {
  await page.show(<Shown />);
  await told({ message: "m2" as EmailId, detail: "ErrorQuotaExceeded" });
  await told();
  await page.end();
  page = new Page();
  desk = new Desk({ assigned: new Value(null), session: new Value(null), line: new Value("online") } as unknown as MailStore, "u1"); // the page was loaded anew
  await page.show(<Shown />);
  expect(page.text()).toContain("Kept here only: refused by Microsoft");
});

test("an empty file is named as one", async () => {
  composer.letter.set({ ...EMPTY, files: [file(0)] });
  await page.show(<Files composer={composer} />);
  expect(page.text()).toContain("Plan.pdfThis file is empty");
});

test("the tab of a letter that was put away says in two words that it is not kept", async () => {
  const Tab = ({ refused }: { readonly refused: Notice | null }) => (isNotKept(composer.keeper.state.get(), refused) ? <NotKept composer={composer} refused={refused} /> : null);
  await page.show(<Tab refused={null} />);
  const saved = page.text();
  await page.show(<Tab refused={{ id: 1 } as Notice} />);
  const refused = page.text();
  composer.keeper.state.set({ kind: "waiting" });
  await page.show(<Tab refused={null} />);
  expect([saved, refused, page.text()]).toEqual(["", "Kept here only", "Not saved"]);
});
