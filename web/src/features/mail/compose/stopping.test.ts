// @vitest-environment jsdom
import "../../../../test/browser";
import { DraftServer } from "../../../../test/drafts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JmapClient } from "@/jmap";
import type { AccountId, IdentityId, Mailbox, Session } from "@/jmap";
import type { MailStore } from "@/store";
import { AccountStore, Value } from "@/store";
import type { Composer } from "./composer";
import { Desk } from "./desk";
import { EMPTY } from "./letter";

let server: DraftServer;
let desk: Desk;
let composer: Composer;
/** Lets the answer to a sending come. */
let answer: (() => void) | null;

beforeEach(() => {
  localStorage.clear();
  server = new DraftServer();
  answer = null;
  const transport = async (path: string, body?: unknown): Promise<unknown> => {
    const told = await server.transport(path, body);
    if (JSON.stringify(body).includes('"sending"') && server.submitted.length > 0) await new Promise<void>((resolve) => { answer = resolve; });
    return told;
  };
  const account = new AccountStore("a1" as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
  account.mailboxes.put([{ id: "f2", role: "drafts" }, { id: "f3", role: "sent" }] as unknown as Mailbox[]);
  const session = { accounts: {}, uploadUrl: "", downloadUrl: "" } as unknown as Session;
  desk = new Desk({ assigned: new Value(null), session: new Value(session), line: new Value("online"), transport } as unknown as MailStore, "u1");
  composer = desk.write(account, "info@wir.example", { letter: { ...EMPTY, subject: "Angebot", html: "<p>Preis 100</p>", identity: "i1" as IdentityId } }) as Composer;
  composer.identities.set([{ id: "i1", email: "info@wir.example", name: "Wir" }] as never);
});

afterEach(() => { for (const each of desk.composers.get()) desk.drop(each); });

/** Send it, stop while nobody has answered, write on, and then the answer comes. */
async function stopped(): Promise<unknown> {
  const sending = desk.send(composer, null).catch((error: unknown) => error);
  await vi.waitFor(() => { expect(answer).not.toBeNull(); }, { timeout: 10_000 });
  desk.stop(composer);
  composer.change({ html: "<p>Preis 100</p><p>Wichtig</p>" });
  answer?.();
  return sending;
}

test("what was stopped is taken back, though the answer comes late, and what was written since is there", async () => {
  expect(await stopped()).toMatchObject({ name: "SendingStopped", isSent: false });
  expect([server.submitted, desk.composers.get(), composer.letter.get().html]).toEqual([[], [composer], "<p>Preis 100</p><p>Wichtig</p>"]);
});

test("where that is too late what was written since stays, as a letter of its own", async () => {
  server.isTooLate = true;

  expect(await stopped()).toMatchObject({ name: "SendingStopped", isSent: true });
  expect([desk.composers.get(), composer.letter.get().html, composer.draft]).toEqual([[composer], "<p>Preis 100</p><p>Wichtig</p>", null]);
});

test("who sends it again before that is known sends it once", async () => {
  server.isTooLate = true;
  const first = desk.send(composer, null).catch((error: unknown) => error);
  await vi.waitFor(() => { expect(answer).not.toBeNull(); }, { timeout: 10_000 });
  desk.stop(composer);
  const second = desk.send(composer, null).catch((error: unknown) => error);
  answer?.();

  expect([await first, await second]).toMatchObject([{ isSent: true }, { isSent: true }]);
  expect(server.submitted).toHaveLength(1);
});

test("what could not be taken back is not called unsent", async () => {
  server.cancelRefusal = "serverFail";

  expect(await stopped()).toMatchObject({ name: "NotStopped", cause: { name: "SetFailed" } });
  expect([server.submitted, desk.composers.get()]).toEqual([["m1"], [composer]]);
});
