// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Archive } from "@/api";
import { Page } from "../../../../test/page";
import { ArchiveOption } from "./ArchiveOption";

const PATH = "/api/archives/a1";
const NONE = { account: "a1", address: "info@buero.example", is_there: true, state: "none", turned_at: null, messages: 0, octets: 0, waiting: 0, is_filling: false, problem: null } as unknown as Archive;

let page: Page;

beforeEach(async () => {
  page = new Page();
  page.server.answer(`GET ${PATH}`, NONE);
  await page.show(<ArchiveOption row={{ id: "a1", address: "info@buero.example" } as never} />);
});

afterEach(() => page.end());

test("it is turned on after its question, with what is here already if that is ticked", async () => {
  expect(page.text()).toContain("Off: nothing is archived");
  page.server.refuse(`PUT ${PATH}`, 403, "needs_settings");
  await page.press("Turn the archive on …");
  await page.tick("Also archive all messages that are here already");
  await page.press("Turn the archive on");

  expect(page.server.changes()).toEqual([{ method: "PUT", path: PATH, body: { is_on: true, with_old: true } }]);
  expect(page.dialog()).toContain("You need the right for the basic settings.");
});
