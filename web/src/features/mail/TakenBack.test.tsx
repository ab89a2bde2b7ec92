// @vitest-environment jsdom
import { Page } from "../../../test/page";
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Start } from "@/api/types";
import type { SyncState } from "@/jmap";
import { session } from "@/session";
import type { MailStore, Notice } from "@/store";
import { World } from "../../../test/world";
import { type MailView, MailContext } from "./state/mail";
import { TakenBack } from "./TakenBack";

let page: Page;
let world: World;
let told: Notice[];
let dialogs: string[];

beforeEach(async () => {
  page = new Page();
  world = new World(3);
  told = [];
  dialogs = [];
  session.started({ setup_needed: false, user: { id: "u1" } } as unknown as Start);
  await world.list();
});

afterEach(() => page.end());

const notice = (at: number, more: Partial<Notice> = {}): Notice => ({
  id: at, at: "2026-09-01T08:00:00Z", kind: "archive", message: world.id(at), code: "refused", detail: "ErrorAccessDenied", user: "u1", folder: null, ...more,
});

/** The page above the list after the server has told these. */
async function said(...notices: Notice[]): Promise<string> {
  told.push(...notices);
  const { account } = world;
  const store = { transport: (path: string, _: unknown, method?: string) => {
    if (method === "DELETE") told = told.filter(({ id }) => !path.endsWith(`/${String(id)}`));
    return Promise.resolve({ notices: [...told] });
  } } as unknown as MailStore;
  const setDialog = (dialog: { kind: string } | null): void => { dialogs.push(dialog?.kind ?? ""); };
  const view = { store, account, mayWrite: true, setDialog, setProblem: () => undefined } as unknown as MailView;
  await page.show(<MailContext value={view}><TakenBack /></MailContext>);
  await act(async () => { account.sync.set({ id: account.id } as SyncState); });
  return document.querySelector("[role=alert]")?.textContent ?? "";
}

test("what Microsoft refused is said at once, with its reason, until it is understood", async () => {
  const { subject } = world.account.emails.get(world.id(0)) ?? {};

  expect(await said(notice(0))).toBe(`Not archived: “${subject ?? ""}”Microsoft does not allow it in this mailbox. The message is back as it was.Understood`);
  await page.press("Understood");
  expect(page.text()).toBe("");
});

test("several of one kind are told as one", async () => {
  expect(await said(notice(0), notice(1), notice(2))).toContain("Not archived: 3 messages");
});

test("of several kinds each is named, and a press tells more", async () => {
  const text = await said(notice(0), notice(1, { kind: "flag", detail: "ErrorQuotaExceeded" }), notice(2, { kind: "flag", detail: "ErrorQuotaExceeded" }));
  await page.press("Details");

  expect([text.slice(0, 27), text.includes("Not flagged: 2 messages. The mailbox is full."), dialogs]).toEqual(["Microsoft refused 3 changes", true, ["sync"]]);
});

test("what somebody else wanted is theirs to hear of", async () => {
  expect(await said(notice(0, { user: "u2" }))).toBe("");
});
