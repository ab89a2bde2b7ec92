// @vitest-environment jsdom
import { Page } from "../../../../test/page";
import { act } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { EmailBody } from "@/jmap";
import { type MailView, MailContext } from "../state/mail";
import { Attachments } from "./Attachments";

let page: Page;
let asked: string[];
let saved: string[];
let inSight: (() => void)[];

beforeEach(() => {
  page = new Page();
  [asked, saved, inSight] = [[], [], []];
  globalThis.fetch = ((url: string) => {
    asked.push(url);
    return Promise.resolve(url.startsWith("/jmap/archive") ? new Response(null, { status: 304 }) : new Response(`Text of ${url}`));
  }) as typeof fetch;
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function save(this: HTMLAnchorElement) { saved.push(this.getAttribute("href") ?? ""); });
  Object.assign(URL, { createObjectURL: () => "blob:held", revokeObjectURL: () => undefined });
  Object.assign(globalThis, {
    IntersectionObserver: class {
      constructor(told: (seen: { isIntersecting: boolean }[]) => void) { inSight.push(() => { told([{ isIntersecting: true }]); }); }
      observe() {}
      disconnect() {}
    },
  });
});

afterEach(async () => {
  await page.end();
  vi.restoreAllMocks();
});

type File = readonly [name: string, type: string, size?: number];

async function show(files: readonly File[], depth = 0): Promise<void> {
  const attachments = files.map(([name, type, size = 1_000], i) => ({ partId: `a${i}`, blobId: `bm1-${i}`, size, name, type, disposition: "attachment", cid: null }));
  const view = { session: { downloadUrl: "/d/{blobId}/{name}" }, account: { id: "a1" }, setProblem: () => undefined } as unknown as MailView;
  await page.show(<MailContext value={view}><Attachments body={{ id: "m1", attachments } as unknown as EmailBody} subject="Exposé 3/4" depth={depth} shownInline={new Set()} /></MailContext>);
}

const arrow = (key: string) => act(async () => { document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); });

test("all files are saved as one archive, under the message's subject", async () => {
  await show([["a.pdf", "application/pdf"], ["b.zip", "application/zip"]]);
  await page.press("Download all (ZIP)");

  const url = "/jmap/archive/a1/m1/Expos%C3%A9%203%204.zip?files=bm1-0%2Cbm1-1";
  expect([asked, saved]).toEqual([[url], [url]]);
});

test.each<[string, readonly File[], number]>([["one file", [["a.pdf", "application/pdf"]], 0], ["files of an attached message", [["a.pdf", "application/pdf"], ["b.zip", "application/zip"]], 1]])("%s is no archive", async (_, files, depth) => {
  await show(files, depth);

  expect(page.text()).not.toContain("Download all");
});

test("arrow keys and buttons lead from file to file, past those that can't be shown, and around", async () => {
  await show([["eins.txt", "text/plain"], ["plan.dwg", "application/octet-stream"], ["zwei.txt", "text/plain"]]);
  await act(async () => { document.querySelector<HTMLButtonElement>("li button")?.click(); });
  const seen = [page.dialog()];
  await page.press("Next file");
  seen.push(page.dialog());
  await arrow("ArrowRight");
  seen.push(page.dialog());
  await arrow("ArrowLeft");
  seen.push(page.dialog());

  expect(seen.map((each) => /Text of \/d\/bm1-(\d)/.exec(each ?? "")?.[1])).toEqual(["0", "2", "0", "2"]);
  expect(seen[1]).toContain("2 / 2");
});

test("a few small pictures show themselves, when they come on screen", async () => {
  const many = Array.from({ length: 12 }, (_, i): File => [`${i}.jpg`, "image/jpeg"]);
  await show([["gross.jpg", "image/jpeg", 5_000_000], ...many]);
  const before = asked.length;
  await act(async () => { for (const come of inSight) come(); });

  expect([before, asked, document.querySelectorAll("li img").length]).toEqual([0, many.slice(0, 8).map((_, i) => `/d/bm1-${i + 1}/${i}.jpg`), 8]);
});
