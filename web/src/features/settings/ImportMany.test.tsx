// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ImportedLine } from "@/api";
import { Page } from "../../../test/page";
import { ImportMany } from "./ImportMany";

let page: Page;
let ends: string[];

beforeEach(async () => {
  page = new Page();
  ends = [];
  await page.show(<ImportMany isOpen onClose={() => ends.push("closed")} onImported={() => ends.push("imported")} />);
});

afterEach(() => page.end());

const line = (number: number, text: string, outcome: ImportedLine["outcome"], more: Partial<ImportedLine> = {}): ImportedLine => ({
  line: number, text, outcome, reason: null, account: outcome === "added" ? `a${String(number)}` : null, ...more,
});

const shown = (): (string | undefined)[] => [...document.querySelectorAll("li")].map((each) => each.lastElementChild?.textContent ?? undefined);

test("nothing can be sent while there is no address", async () => {
  expect(page.button("Understood, create mailboxes").disabled).toBe(true);

  await page.type("Addresses", "  \n");
  expect(page.button("Understood, create mailboxes").disabled).toBe(true);
  await page.type("Addresses", "a@buero.example");
  expect(page.button("Understood, create mailboxes").disabled).toBe(false);
});

test("the report tells of each line what became of it, and why", async () => {
  page.server.answer("POST /api/accounts/import", { lines: [
    line(1, "a@buero.example", "added"), line(2, "b@buero.example", "duplicate"),
    line(3, "a@buero.example", "twice"), line(4, "c", "invalid", { reason: "missing_at" }),
  ] });

  await page.type("Addresses", "a@buero.example\nb@buero.example\na@buero.example\nc");
  await page.press("Understood, create mailboxes");

  expect(page.server.changes().map(({ body }) => body)).toEqual([
    { addresses: "a@buero.example\nb@buero.example\na@buero.example\nc", confirm: true },
  ]);
  expect(document.querySelector("[role=status]")?.textContent).toBe("1 of 4 mailboxes created");
  expect(shown()).toEqual(["created", "is there already", "stands in the list twice", "is not an address: the @ is missing"]);
  await page.press("Done");
  expect(ends).toEqual(["imported", "closed"]);
});

test("by application each new mailbox is opened, and one that Microsoft refuses keeps nobody from the next", async () => {
  page.server.answer("POST /api/accounts/import", { lines: [
    line(1, "a@buero.example", "added"), line(2, "b@buero.example", "duplicate"), line(3, "c@buero.example", "added"),
  ] });
  page.server.refuse("POST /api/accounts/a1/application", 409, "application_refused");
  page.server.answer("POST /api/accounts/a3/application", { sign_ins: [] });

  await page.type("Addresses", "a@buero.example");
  await page.tick("Open them by application at once");
  await page.press("Understood, create mailboxes");

  expect(page.server.changes().map(({ path }) => path)).toEqual([
    "/api/accounts/import", "/api/accounts/a1/application", "/api/accounts/a3/application",
  ]);
  expect(shown()[0]).toMatch(/^created, .+/);
  expect(shown().slice(1)).toEqual(["is there already", "created, opened by the application"]);
});

test("a refused list is told, and the text is still there", async () => {
  page.server.refuse("POST /api/accounts/import", 422, "invalid_list", { field: "addresses" });

  await page.type("Addresses", "a@buero.example");
  await page.press("Understood, create mailboxes");

  expect(document.querySelector("[role=alert]")).not.toBeNull();
  expect([page.field("Addresses").value, ends]).toEqual(["a@buero.example", []]);
});
