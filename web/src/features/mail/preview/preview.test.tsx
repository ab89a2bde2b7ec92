// @vitest-environment jsdom
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { BlobId, Email, EmailBody } from "@/jmap";
import { Page } from "../../../../test/page";
import { type MailView, MailContext } from "../state/mail";
import { Attachments } from "./Attachments";
import { MessageHead } from "./MessageHead";
import { fetchAndSave } from "./underWay";

let page: Page;
/** What was asked for, and how to answer it. */
let asked: { readonly url: string; readonly match: string | undefined; readonly answer: (response: Response) => Promise<void> }[];
let saved: string[];

beforeEach(() => {
  page = new Page();
  [asked, saved] = [[], []];
  globalThis.fetch = ((url: string, init: RequestInit) => new Promise<Response>((resolve) => {
    const match = (init.headers as Record<string, string>)["If-None-Match"];
    asked.push({ url, match, answer: async (response) => { await act(async () => { resolve(response); }); } });
  })) as typeof fetch;
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function save(this: HTMLAnchorElement) { saved.push(this.getAttribute("href") ?? ""); });
  Object.assign(URL, { createObjectURL: () => "blob:held", revokeObjectURL: () => undefined });
});

afterEach(async () => {
  await page.end();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function show(name: string, type: string, size = 1_000): Promise<void> {
  const part = { partId: "2", blobId: "b1", size, name, type, disposition: "attachment", cid: null };
  const view = { session: { downloadUrl: "/d/{accountId}/{blobId}/{name}?accept={type}" }, account: { id: "a1" } } as unknown as MailView;
  const body = { attachments: [part] } as unknown as EmailBody;
  await page.show(<MailContext value={view}><Attachments body={body} shownInline={new Set()} /></MailContext>);
}

/** A tile's words are its file's name and what is said below it. */
const tile = (): HTMLButtonElement => document.querySelector<HTMLButtonElement>("li button") as HTMLButtonElement;
const press = () => act(async () => { tile().click(); });
const octets = (...codes: number[]) => new Response(Uint8Array.from(codes));

test("a download shows at once that it has begun, and waits until the server has the file", async () => {
  await show("Liste.zip", "application/zip");
  await press();
  await press();
  const during = [tile().textContent, tile().getAttribute("aria-busy"), saved.length, asked.length];
  await asked[0]?.answer(new Response(null, { status: 304 }));

  expect(during).toEqual(["Liste.zipBeing fetched …", "true", 0, 1]);
  expect([asked[0]?.match, saved]).toEqual(['"b1"', ["/d/a1/b1/Liste.zip?accept=application%2Fzip"]]);
  expect(tile().textContent).toBe("Liste.zip1 kB");
});

test("a tile says that its file is being fetched, whoever asked for it", async () => {
  await show("Liste.zip", "application/zip");
  await act(async () => { void fetchAndSave("/d/all", "b1" as BlobId); });
  const during = tile().textContent;
  await press();
  await asked[0]?.answer(new Response(null, { status: 304 }));

  expect([during, asked.length, saved, tile().textContent]).toEqual(["Liste.zipBeing fetched …", 1, ["/d/all"], "Liste.zip1 kB"]);
});

test("a download that Microsoft does not give now says so instead", async () => {
  await show("Liste.zip", "application/zip");
  await press();
  await asked[0]?.answer(new Response(JSON.stringify({ type: "tryLater" }), { status: 503 }));

  expect([saved, page.text()]).toEqual([[], expect.stringContaining("Microsoft can't give this part right now.")]);
});

test("a PDF opens above the page; one that is too large for that is not fetched", async () => {
  await show("Expose.pdf", "application/pdf", 70_000_000);
  await press();
  await vi.waitFor(() => { expect(page.dialog()).toContain("This PDF is too large to be shown here.Please download it."); }, { timeout: 10_000 });
  expect(asked).toEqual([]);
});

test("a PDF that Microsoft does not give now says so", async () => {
  await show("Expose.pdf", "application/pdf");
  await press();
  await vi.waitFor(() => { expect(asked.length).toBe(1); }, { timeout: 10_000 });
  await asked[0]?.answer(new Response(JSON.stringify({ type: "tryLater" }), { status: 503 }));
  await vi.waitFor(() => { expect(page.dialog()).toContain("Microsoft can't give this part right now."); }, { timeout: 10_000 });
});

test("a text that is not UTF-8 opens as it was written, and turns no name round", async () => {
  await show("notiz.txt", "text/plain");
  await press();
  const during = page.dialog();
  await asked[0]?.answer(octets(...[..."Grüße an "].map((letter) => letter.charCodeAt(0)), 0x80));

  expect(during).toContain("Being fetched …");
  expect(document.querySelector("pre")?.textContent).toBe("Grüße an €");
});

test("the age of a message just received goes on while it is read", async () => {
  vi.useFakeTimers({ now: new Date("2026-09-01T08:00:01Z") });
  const email = {
    id: "m1", subject: "Angebot", from: [], to: [], keywords: {}, mailboxIds: {}, receivedAt: "2026-09-01T08:00:00Z", "poststelle:categories": [],
  } as unknown as Email;
  const account = { mailboxes: { get: () => undefined, all: () => [] } };
  await page.show(<MailContext value={{ account } as unknown as MailView}><MessageHead email={email} body={null} /></MailContext>);
  const first = document.querySelector("time")?.textContent;
  for (let second = 0; second < 16; second += 1) await act(async () => { await vi.advanceTimersByTimeAsync(1_000); });

  expect([first, document.querySelector("time")?.textContent].map((words) => Number.parseInt(words ?? "", 10))).toEqual([1, 17]);
});

test.each([
  ["request", "Invitation to a meeting. It can be answered in Outlook or by a reply."],
  ["response", "Answer to an invitation to a meeting."],
  [null, ""],
])("a message about a meeting says so: %s", async (kind, words) => {
  const email = {
    id: "m1", subject: "Termin", from: [], to: [], keywords: {}, mailboxIds: {}, receivedAt: "2026-09-01T08:00:00Z", "poststelle:categories": [],
    "poststelle:event": kind,
  } as unknown as Email;
  const account = { mailboxes: { get: () => undefined, all: () => [] } };
  await page.show(<MailContext value={{ account } as unknown as MailView}><MessageHead email={email} body={null} /></MailContext>);

  expect(document.querySelector("header > p")?.textContent.trim() ?? "").toBe(words);
});

test.each([
  [[{ name: "Anna", email: "anna@b.example" }], ["From"]],
  [[{ name: "Bernd", email: "bernd@b.example" }], ["From", "Sender"]],
  [[], ["From"]],
])("who has sent a message is told where that is not who wrote it", async (sender, labels) => {
  const email = {
    id: "m1", subject: "S", from: [{ name: "Anna", email: "anna@b.example" }], to: [], keywords: {}, mailboxIds: {},
    receivedAt: "2026-09-01T08:00:00Z", "poststelle:categories": [], "poststelle:event": null,
  } as unknown as Email;
  const account = { mailboxes: { get: () => undefined, all: () => [] } };
  const body = { sender, replyTo: [], cc: null, bcc: null, sentAt: null } as unknown as EmailBody;
  await page.show(<MailContext value={{ account } as unknown as MailView}><MessageHead email={email} body={body} /></MailContext>);
  await page.press("without recipients");

  expect([...document.querySelectorAll("dt")].map((each) => each.textContent)).toEqual([...labels, "Received"]);
});
