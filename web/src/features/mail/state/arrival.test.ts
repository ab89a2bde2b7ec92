import { expect, test } from "vitest";
import type { AssignedMailbox } from "@/store";
import { firstMailbox, hasMail } from "./arrival";

const mailbox = (id: string, state: AssignedMailbox["state"], held = 0) => ({ id, state, sync: { held } }) as AssignedMailbox;

const office = [
  mailbox("a-waiting", "waiting_for_sign_in"),
  mailbox("b-ended", "sign_in_needed"),
  mailbox("c-connected", "connected"),
  mailbox("d-connected", "connected"),
];

test.each([
  ["the one used last", office, "b-ended", "b-ended"],
  ["in a new browser a connected one", office, null, "c-connected"],
  ["a connected one when the last is no longer assigned", office, "gone", "c-connected"],
  ["one with mail of old before one without any", office.slice(0, 2), null, "b-ended"],
  ["mail of a mailbox that was disconnected before one without any", [...office.slice(0, 1), mailbox("e-left", "waiting_for_sign_in", 2126)], null, "e-left"],
  ["the first where nobody has signed in yet", office.slice(0, 1), null, "a-waiting"],
])("a person who comes to their mail sees %s", (_, assigned, last, opened) => {
  expect(firstMailbox(assigned, last)?.id).toBe(opened);
});

test("a mailbox that waits for a sign-in is shown as soon as anything of it is stored", () => {
  expect(hasMail(mailbox("a", "waiting_for_sign_in"))).toBe(false);
  expect(hasMail(mailbox("a", "waiting_for_sign_in", 2126))).toBe(true);
  expect(hasMail(mailbox("a", "sign_in_needed"))).toBe(true);
});
