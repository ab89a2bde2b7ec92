import { expect, test } from "vitest";
import type { Email, EmailBody, JmapClient } from "@/jmap";
import { withoutTurning } from "@/lib/turning";
import { EmailShelf } from "./shelf";

const TURNED = "\u202Egpj.exe";
const STRAIGHT = "gpj.exe";
const people = [{ name: `Anna ${TURNED}`, email: "\u2067anna@buero.example" }];

const told: Partial<Email & EmailBody> = {
  id: "m1" as Email["id"], subject: TURNED, preview: `Siehe ${TURNED}`, from: people, to: people, "poststelle:categories": [TURNED],
  sender: null, cc: people, bcc: people, replyTo: people, "poststelle:isComplete": true,
};

const client = { call: () => ({ result: Promise.resolve({ list: [told], notFound: [], state: "s" }) }) } as unknown as JmapClient;
const shelf = (): EmailShelf => new EmailShelf({ accountId: "a1" as never, client, inUse: () => [], onState: () => undefined });

test("whatever a sender wrote around a message is held without marks that turn the direction of writing", async () => {
  const mine = shelf();
  await mine.need(["m1" as Email["id"]]);
  const { sender, cc, bcc, replyTo } = await mine.body("m1" as Email["id"]);
  const clean = [{ name: `Anna ${STRAIGHT}`, email: "anna@buero.example" }];

  expect(mine.emails.get("m1")).toMatchObject({
    subject: STRAIGHT, preview: `Siehe ${STRAIGHT}`, from: clean, to: clean, "poststelle:categories": [STRAIGHT],
  });
  expect([sender, cc, bcc, replyTo]).toEqual([null, clean, clean, clean]);
});

test.each([
  ["an override", "\u202Egpj.exe", "gpj.exe"],
  ["an embedding that is closed", "Angebot \u202Bfdp\u202C.exe", "Angebot fdp.exe"],
  ["isolates", "\u2067a\u2066b\u2068c\u2069", "abc"],
])("%s cannot show a text as another one", (_, text, shown) => {
  expect(withoutTurning(text)).toBe(shown);
});

test("what is written from right to left stays as it is, with its weak marks", () => {
  const text = "שלום (Poststelle)\u200F, \u061Cتقرير 12/2026";

  expect(withoutTurning(text)).toBe(text);
});
