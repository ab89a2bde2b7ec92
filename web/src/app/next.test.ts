import { describe, expect, test } from "vitest";
import { pageAfterLogin } from "./next";

const origin = "https://post.example.test";

describe("the page after login", () => {
  test.each([
    "/mail",
    "/mail/a1/f2/m3?signed_in=1#top",
    "/settings/basic/email/external",
    "/help/microsoft-365",
    "/sign-in/result/a1?outcome=denied",
  ])("%s is reached again, whole", (next) => {
    expect(pageAfterLogin(next, origin)).toBe(next);
  });

  test.each([
    "http://evil.example/phish",
    "https://evil.example/mail",
    "https://post.example.test.evil.example/mail",
    "https://post.example.test@evil.example/mail",
    "//evil.example/mail",
    "///evil.example/mail",
    "/\\evil.example/mail",
    "\\\\evil.example/mail",
    "/\t/evil.example/mail",
    "/%09/evil.example",
    "\t//evil.example/mail",
    " //evil.example/mail",
    "/.//evil.example/mail",
    "/mail/..//evil.example",
    "/mail/../login?next=/mail",
    "/mailbox",
    "/login",
    "/setup",
    "/api/logout",
    "/sign-in/microsoft/callback?code=1",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//mail",
    "data:text/html,<h1>x</h1>",
    "blob:https://post.example.test/mail",
    "http://[",
    "mail",
    "",
    "/",
    undefined,
    null,
    42,
    ["/mail/a1"],
  ])("%j leads to the mail instead", (next) => {
    expect(pageAfterLogin(next, origin)).toBe("/mail");
  });
});
