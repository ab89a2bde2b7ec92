// @vitest-environment jsdom
import { Page } from "../../../test/page";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Me, Start } from "@/api";
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

test.each([
  ["refused=sso_failed&detail=invalid_client", "The login with Büro-Konto did not succeed.", "sso_failed: invalid_client"],
  ["refused=sso_failed&detail=Call%20our%20hotline%200900", "The login with Büro-Konto did not succeed.", null],
  ["refused=Your+account+is+locked", null, null],
  ["refused=toString", null, null],
])("behind ?%s only what the server can have said is shown", async (query, title, detail) => {
  window.history.replaceState(null, "", `/login?${query}`);
  session.started({ user: null, single_sign_on: "Büro-Konto" } as Start);
  await page.show(<LoginPage />);
  const alert = document.querySelector("[role=alert]")?.textContent ?? null;

  expect(alert?.includes(title ?? "") ?? null).toBe(title === null ? null : true);
  expect(alert?.includes("sso_failed: ") ?? false).toBe(detail !== null);
  expect(page.text()).not.toContain("hotline");
  window.history.replaceState(null, "", "/login");
});
