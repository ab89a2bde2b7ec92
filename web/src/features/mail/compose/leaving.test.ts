// @vitest-environment jsdom
import "../../../../test/browser";
import { DraftServer } from "../../../../test/drafts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JmapClient } from "@/jmap";
import type { AccountId, EmailId, IdentityId, Mailbox, Session, SubmissionId } from "@/jmap";
import { session } from "@/session";
import type { MailStore } from "@/store";
import { AccountStore, Value } from "@/store";
import type { Composer } from "./composer";
import { Desk } from "./desk";
import { EMPTY } from "./letter";

let server: DraftServer;
let desk: Desk;
let composer: Composer;

const accountOf = (id: string): AccountStore => {
  const account = new AccountStore(id as AccountId, new JmapClient({ transport: server.transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
  account.mailboxes.put([{ id: "f2", role: "drafts" }, { id: "f3", role: "sent" }, { id: "f4", role: "trash" }] as unknown as Mailbox[]);
  return account;
};

beforeEach(() => {
  localStorage.clear();
  server = new DraftServer();
  const place = { accounts: {}, uploadUrl: "", downloadUrl: "" } as unknown as Session;
  desk = new Desk({ assigned: new Value(null), session: new Value(place), line: new Value("online"), transport: server.transport } as unknown as MailStore, "u1");
  composer = desk.write(accountOf("a1"), "info@wir.example", { letter: { ...EMPTY, subject: "Angebot", identity: "i1" as IdentityId } }) as Composer;
  composer.identities.set([{ id: "i1", email: "info@wir.example", name: "Wir" }] as never);
});

afterEach(() => { for (const each of desk.composers.get()) desk.drop(each); });

const subjects = (): readonly string[] => [...server.drafts.values()].map(({ creation }) => creation.subject);

test("who logs out has the last words saved first", async () => {
  const asked = vi.spyOn(desk, "saveAll");
  composer.change({ subject: "Angebot 2" });
  await session.saveAll();

  expect([await asked.mock.results[0]?.value, subjects()]).toEqual([true, ["Angebot 2"]]);
});

test("who logs out is asked where that can't be done, or a letter is on its way out still", async () => {
  composer.change({ subject: "Angebot 2" });
  server.isRefusing = true;
  const refused = await desk.saveAll();
  server.isRefusing = false;
  composer.isSending.set(true);

  expect([refused, await desk.saveAll()]).toEqual([false, false]);
});

test("a draft that could not be deleted is back with all its words", async () => {
  composer.change({ subject: "Angebot 2" });
  vi.spyOn(composer, "lastDraft").mockRejectedValue(new Error("no answer"));

  await expect(desk.discard(composer)).rejects.toThrow("no answer");
  expect(desk.composers.get().map((each) => [each.letter.get().subject, each.keeper.isSafe])).toEqual([["Angebot 2", false]]);
});

test("what is taken back is not taken for another mailbox's letter of the same number", async () => {
  await desk.send(composer, null);
  desk.write(accountOf("a2"), "info@sie.example", { draft: composer.draft as EmailId });

  await desk.takeBack(composer, "s1" as SubmissionId);
  expect(desk.composers.get().map(({ accountId, draft }) => [accountId, draft])).toEqual([["a2", composer.draft], ["a1", composer.draft]]);
});
