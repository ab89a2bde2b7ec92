// @vitest-environment jsdom
import "../../../../test/browser";
import { DraftServer } from "../../../../test/drafts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { JmapClient } from "@/jmap";
import type { AccountId, EmailId, Mailbox, Session } from "@/jmap";
import type { MailStore } from "@/store";
import { AccountStore, Value } from "@/store";
import { Desk, FileMissing } from "./desk";
import { EMPTY, NO_ORIGIN } from "./letter";
import type { LetterFile } from "./letter";
import { FileLost } from "./parts";

let desk: Desk;
let account: AccountStore;
let look: () => void;

const FILE: LetterFile = { key: "f", name: "Plan.pdf", type: "application/pdf", size: 10, cid: null, blobId: null };
const COPY = { key: "k", account: "a1" as AccountId, draft: null, origin: NO_ORIGIN, letter: { ...EMPTY, subject: "Angebot" }, at: new Date().toISOString() };

beforeEach(() => {
  localStorage.clear();
  const server = new DraftServer();
  const asked = new Promise<void>((resolve) => { look = resolve; });
  const transport = async (path: string, body?: unknown): Promise<unknown> => { await asked; return server.transport(path, body); };
  account = new AccountStore("a1" as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
  account.mailboxes.put([{ id: "f2", role: "drafts" }] as unknown as Mailbox[]);
  desk = new Desk({ assigned: new Value(null), session: new Value({ accounts: {} } as Session), line: new Value("online"), transport } as unknown as MailStore, "u1");
});

afterEach(() => {
  for (const each of desk.composers.get()) desk.drop(each);
  localStorage.clear();
});

test("a copy stays until the letter is at the server, however long that does not answer", async () => {
  desk.copies.put({ ...COPY, draft: "m1" as EmailId });
  desk.recover(account, "i@x.example", { ...COPY, draft: "m1" as EmailId });
  const [composer] = desk.composers.get();

  expect([desk.copies.all().length, composer?.keeper.state.get().kind, composer?.isHeld]).toEqual([1, "unsaved", true]);
  look();
});

test("a file that was on its way is missed, and holds the sending up", async () => {
  look();
  desk.recover(account, "i@x.example", { ...COPY, letter: { ...COPY.letter, files: [FILE] } });
  const [composer] = desk.composers.get();

  expect(composer?.coming.get().get("f")).toMatchObject({ kind: "failed", error: expect.any(FileLost) });
  if (composer) await expect(desk.send(composer, null)).rejects.toBeInstanceOf(FileMissing);
});
