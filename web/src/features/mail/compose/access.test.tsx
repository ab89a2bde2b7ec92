// @vitest-environment jsdom
import { Page } from "../../../../test/page";
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AccountId, EmailId, Mailbox, Session } from "@/jmap";
import { JmapClient, MethodFailed, Offline, SetFailed } from "@/jmap";
import type { AssignedMailbox, MailStore } from "@/store";
import { AccountStore, Value } from "@/store";
import { endedBy, withoutTheMailbox } from "./access";
import type { Composer } from "./composer";
import { Desk } from "./desk";
import { EndedFoot, EndedNotice } from "./EndedParts";
import { EMPTY, originOf } from "./letter";
import { PeopleField } from "./PeopleField";

const OWN = "<p>Meins</p>";
const BELOW = "<p>Auch meins</p>";
const QUOTE = '<div class="poststelle-quote"><p>Geheim</p></div>';
const MINE = [{ id: "a1", level: "send" }] as unknown as readonly AssignedMailbox[];

let page: Page;
let assigned: Value<readonly AssignedMailbox[] | null>;
let asked: string[];
let desk: Desk;
let line: Value<string>;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  page = new Page();
  line = new Value("online");
  [assigned, asked] = [new Value<readonly AssignedMailbox[] | null>(MINE), []];
  const store = { assigned, session: new Value({ accounts: {} } as unknown as Session), line };
  desk = new Desk(store as unknown as MailStore, "u1");
});

afterEach(async () => {
  await page.end();
  vi.useRealTimers();
});

/** An answer on the desk; the server refuses everything that is asked of it, in this way. */
function answer(error: string): Composer {
  const transport = (_: string, body?: unknown) => {
    const calls = (body as { methodCalls: [string, unknown, string][] }).methodCalls;
    asked.push(...calls.map(([name]) => name));
    return Promise.resolve({ methodResponses: calls.map(([, , id]) => ["error", { type: error }, id]) });
  };
  const account = new AccountStore("a1" as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 16 }), () => Promise.resolve());
  account.mailboxes.put([{ id: "f2", role: "drafts" } as unknown as Mailbox]);
  const letter = { ...EMPTY, subject: "Re: Frage", html: OWN + QUOTE + BELOW };
  return desk.write(account, "info@wir.example", { letter, origin: originOf("m1" as EmailId, false, "x@y", []) }) as Composer;
}

async function minute(): Promise<void> {
  await act(async () => { await vi.advanceTimersByTimeAsync(60_000); });
}

const saves = () => asked.filter((name) => name === "Email/set").length;

test("with the access ends what a letter has of the mailbox, and all saving; what was written stays", async () => {
  const composer = answer("serverFail");
  await page.show(<><EndedNotice composer={composer} /><EndedFoot composer={composer} onClose={() => undefined} /></>);
  await act(async () => { assigned.set([]); });
  composer.change({ subject: "Noch ein Wort" });
  await minute();

  expect([composer.letter.get().html, composer.origin.answers, saves(), localStorage.length]).toEqual([OWN + BELOW, null, 0, 0]);
  expect(page.text()).toContain("Your access to info@wir.example has ended.This message can be neither saved nor sent. Copy your text if you need it.");
});

test("a refused saving says it too, before the list of mailboxes does, and is not tried again", async () => {
  const composer = answer("accountNotFound");
  composer.touched();
  await minute();
  composer.touched();
  await minute();

  expect([composer.ended.get(), composer.letter.get().html, saves()]).toEqual(["access", OWN + BELOW, 1]);
});

test("who may only read keeps what is quoted, and may go on when the right is back", async () => {
  const composer = answer("accountReadOnly");
  composer.touched();
  await minute();
  const during = [composer.ended.get(), composer.letter.get().html];
  assigned.set([...MINE]);

  expect([during, composer.ended.get()]).toEqual([["writing", OWN + QUOTE + BELOW], null]);
});

test("when the line is back a letter says no more that it was not sent for want of one", () => {
  const composer = answer("serverFail");
  const said = [new Offline("no line"), new MethodFailed("EmailSubmission/set", "serverFail", "")].map((error) => {
    composer.trouble.set({ kind: "notSent", error });
    line.set("offline");
    line.set("online");
    return composer.trouble.get()?.kind ?? null;
  });

  expect(said).toEqual([null, "notSent"]);
});

test("what is not about the right to write ends nothing", () => {
  const refusal = (type: string) => new SetFailed(new Map([["draft", { type }]]));
  const told = [endedBy(new MethodFailed("Email/set", "serverFail", ""), true), endedBy(refusal("overQuota"), true), endedBy(refusal("forbidden"), true), endedBy(refusal("forbidden"), false)];

  expect(told).toEqual([null, null, "writing", null]);
});

test("Tab leads from a field of people to the next field, past the buttons at its end", async () => {
  const field = <PeopleField label="To" people={[]} chosen={[]} known={() => []} groups={[]} onChange={() => undefined}><button type="button">Cc</button></PeopleField>;
  await page.show(<>{field}<input aria-label="Subject" /></>);

  expect([...document.querySelectorAll("button, input")].map((each) => each.getAttribute("aria-label") ?? each.textContent)).toEqual(["Cc", "", "Subject"]);
});

test("a plain letter loses its quotes, and the files it had from the mailbox", () => {
  const files = [{ key: "k", name: "a.pdf", type: "application/pdf", size: 1, cid: null, blobId: null }];
  const said = ["Guten Tag", "> Geheim", "---------- Forwarded message ----------", "Geheim"].join("\n");

  expect(withoutTheMailbox({ ...EMPTY, isPlain: true, text: said, files })).toMatchObject({ text: "Guten Tag", files: [] });
});
