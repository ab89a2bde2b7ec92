// @vitest-environment jsdom
import "../../../../test/browser";
import { i18n } from "@lingui/core";
import { beforeAll, expect, test } from "vitest";
import { MethodFailed, Offline, SetFailed } from "@/jmap";
import { notTakenBack } from "./takingBack";

beforeAll(() => { i18n.loadAndActivate({ locale: "en", messages: {} }); });

const refused = (type: string): SetFailed => new SetFailed(new Map([["s1", { type }]]));

test.each([
  ["it has gone", refused("cannotUnsend"), "It was too late to take it back: the message was sent.", false],
  ["nothing is known of it", refused("notFound"), "It could not be taken back.", false],
  ["the right is missing", new MethodFailed("EmailSubmission/set", "forbidden", "no"), "It could not be taken back.", false],
  ["nobody answers", new Offline("no answer"), "It is not known whether it was taken back.", false],
  ["the server has failed", refused("serverFail"), "It could not be taken back.", true],
])("where %s, that is what is said", (_, error, title, isTechnical) => {
  const words = notTakenBack(error);
  expect([words.title, words.code !== null]).toEqual([title, isTechnical]);
});

test("only what is known to wait is said to wait", () => {
  expect(notTakenBack(refused("serverFail")).remedy).toContain("It still waits to be sent.");
  expect(notTakenBack(refused("cannotUnsend")).remedy).not.toContain("waits");
});
