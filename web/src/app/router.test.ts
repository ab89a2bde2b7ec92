// @vitest-environment jsdom
import { isRedirect } from "@tanstack/react-router";
import { expect, test } from "vitest";
import "../../test/browser";
import { router } from "./router";

const routes: Record<string, { options: { beforeLoad?: unknown } }> = router.routesByPath;

/** Where the page sends whoever opens it. */
function sentTo(path: string): unknown {
  const before = routes[path]?.options.beforeLoad as (() => void) | undefined;
  try {
    before?.();
  } catch (sent) {
    if (isRedirect(sent)) return sent.options.to;
    throw sent;
  }
  return undefined;
}

test("the address that the tabs of e-mail share opens the first of them", () => {
  expect(sentTo("/settings/basic/email")).toBe("/settings/basic/email/external");
  expect(routes["/settings/basic/email/external"]).toBeDefined();
});
