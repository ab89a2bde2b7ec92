// @vitest-environment jsdom
import { Page } from "../../../test/page";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Me } from "@/api";
import { session } from "@/session";
import { LoginPage } from "./LoginPage";

let page: Page;

beforeEach(() => {
  page = new Page();
  session.started({ setup_needed: false, user: { id: "u1" } as Me, version: "1", is_demo: false });
});

afterEach(() => page.end());

test.each<[string, () => void, readonly boolean[]]>([
  ["that ended while somebody wrote", () => { session.loggedOut(); session.noteKept(); }, [true, true]],
  ["that ended", () => { session.loggedOut(); }, [true, false]],
  ["that its person ended", () => { session.leaving(); session.loggedOut(); session.noteKept(); }, [false, false]],
  ["that its person did not end after all", () => { session.leaving()(); session.loggedOut(); }, [true, false]],
])("after a login %s the page says why it is there", async (_, end, expected) => {
  end();
  await page.show(<LoginPage />);
  const words = page.text();

  expect(["Your login has ended. Please log in again.", "What you were writing is kept. You can go on with it afterwards."].map((each) => words.includes(each))).toEqual(expected);
});

test("who has logged in again is told nothing of it later", async () => {
  session.loggedOut();
  session.loggedIn({ id: "u1" } as Me);

  expect(session.ended()).toBeNull();
});
