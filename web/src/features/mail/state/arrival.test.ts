import { expect, test } from "vitest";
import type { AssignedMailbox } from "@/store";
import { firstMailbox } from "./arrival";

const mailbox = (id: string, state: AssignedMailbox["state"]) => ({ id, state }) as AssignedMailbox;

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
  ["the first where nobody has signed in yet", office.slice(0, 1), null, "a-waiting"],
])("a person who comes to their mail sees %s", (_, assigned, last, opened) => {
  expect(firstMailbox(assigned, last)?.id).toBe(opened);
});
