// @vitest-environment jsdom
import { RouterProvider, createMemoryHistory, createRootRoute, createRouter } from "@tanstack/react-router";
import { act } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Page } from "../../../test/page";
import { AppMissing } from "./AppMissing";

let page: Page;

beforeEach(() => {
  page = new Page();
});

afterEach(() => page.end());

/** The page where these settings are entered. */
async function show(settings: Record<string, unknown>): Promise<void> {
  page.server.answer("GET /api/settings/microsoft", { client_id: "", has_secret: false, has_certificate: false, ...settings });
  const router = createRouter({ routeTree: createRootRoute({ component: AppMissing }), history: createMemoryHistory() });
  await act(() => router.load());
  await page.show(<RouterProvider router={router} />);
}

const link = (): string | null | undefined => document.querySelector("a")?.getAttribute("href");

test.each([
  ["nothing", {}],
  ["only the client id", { client_id: "c-1" }],
])("with %s entered the page says that nobody can sign in, and where it is entered", async (_, settings) => {
  await show(settings);

  expect(page.text()).toContain("nobody can sign in for them until it has been entered");
  expect(link()).toBe("/settings/basic/microsoft");
});

test.each([
  ["a secret", { client_id: "c-1", has_secret: true }],
  ["a certificate", { client_id: "c-1", has_certificate: true }],
])("with %s nothing is said", async (_, settings) => {
  await show(settings);

  expect([page.server.asked.length, page.text()]).toEqual([1, ""]);
});
