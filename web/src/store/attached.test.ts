import { expect, test } from "vitest";
import type { AccountId, BlobId, ParsedEmail } from "@/jmap";
import { JmapClient, MethodFailed } from "@/jmap";
import { AccountStore } from "./account";
import { NoMessage, loadAttached } from "./attached";

const blob = "bm1-0" as BlobId;
const parsed: ParsedEmail = {
  subject: "\u202eAngebot", from: [{ name: "Anna\u202e", email: "anna@x.example" }], to: null, hasAttachment: false, sender: null, cc: null, bcc: null, replyTo: null,
  sentAt: "2026-09-01T08:00:00Z", bodyValues: { 1: { value: "Hallo", isEncodingProblem: false, isTruncated: false } }, textBody: [], htmlBody: [], attachments: [],
};

function account(answer: Record<string, unknown>): AccountStore {
  const transport = (_: string, body: unknown): Promise<unknown> => {
    const [call] = (body as { methodCalls: [string, unknown, string][] }).methodCalls;
    return Promise.resolve({ methodResponses: [[call?.[0], { parsed: null, notParsable: null, notFound: null, ...answer }, call?.[2]]], sessionState: "s" });
  };
  return new AccountStore("a1" as AccountId, new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls: 8 }), () => Promise.resolve());
}

test("what a sender wrote around it is readable, as with any message", async () => {
  const message = await loadAttached(account({ parsed: { [blob]: parsed } }), blob);

  expect([message.subject, message.from?.[0]?.name]).toEqual(["Angebot", "Anna"]);
  expect([message.body["poststelle:isComplete"], message.body.bodyValues["1"]?.value]).toEqual([true, "Hallo"]);
});

test("a file that only calls itself a message is none; one that is gone is gone", async () => {
  const empty = { ...parsed, subject: null, from: null, sentAt: null, bodyValues: { 1: { value: " \n", isEncodingProblem: false, isTruncated: false } } };

  await expect(loadAttached(account({ notParsable: [blob] }), blob)).rejects.toThrow(NoMessage);
  await expect(loadAttached(account({ parsed: { [blob]: empty } }), blob)).rejects.toThrow(NoMessage);
  await expect(loadAttached(account({ notFound: [blob] }), blob)).rejects.toThrow(MethodFailed);
});
